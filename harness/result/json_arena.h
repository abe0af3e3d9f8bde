/* Memory of one JSON document, freed at once. Not for other rooms.
 *
 * A large result is some millions of small objects to jansson. Between begin and end all that
 * jansson takes in this thread comes from the arena, and giving it back does nothing; values of
 * before are neither freed nor changed there, and a document made there is not released but ends
 * with it. One at a time in each thread.
 */
#ifndef TLBSCOPE_RESULT_JSON_ARENA_H
#define TLBSCOPE_RESULT_JSON_ARENA_H

void json_arena_begin(void);
void json_arena_end(void);

#endif
