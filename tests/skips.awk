# Reads skips.txt, then ctest's log; prints tests that skipped something and are not listed.
FNR == NR {
	if ($1 != "" && $1 !~ /^#/)
		listed[$1] = 1
	next
}
/^[0-9]+\/[0-9]+ Test: / { name = $3 }
/^\[  SKIPPED \] [^ ]+$/ || /^ok .* # skip/ || /^Test Skipped/ {
	if (!(name in listed) && !(name in said))
		print name
	said[name] = 1
}
