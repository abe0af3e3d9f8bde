# Writes build_info.h, and only when it changes, so that nothing is rebuilt for nothing.
cmake_minimum_required(VERSION 3.18)
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT revision)
  set(revision "unknown")
endif()
string(STRIP "${FLAGS}" FLAGS)
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT "#define BUILD_VERSION \"@VERSION@\"
#define BUILD_GIT \"@revision@\"
#define BUILD_COMPILER \"@COMPILER@\"
#define BUILD_FLAGS \"@FLAGS@\"
")
