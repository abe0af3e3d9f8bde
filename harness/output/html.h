/* HTML's few forms that the report needs; all text is escaped. */
#ifndef TLBSCOPE_OUTPUT_HTML_H
#define TLBSCOPE_OUTPUT_HTML_H

#include <stdio.h>

/* <tag class="class">text</tag>; class may be NULL. */
void html_element(FILE *to, const char *tag, const char *class, const char *text);
__attribute__((format(printf, 4, 5))) void html_format(FILE *to, const char *tag, const char *class,
						       const char *format, ...);
/* Opens a table in a frame that scrolls by itself; headings end with NULL. */
void html_table(FILE *to, const char *caption, const char *const headings[]);
void html_table_end(FILE *to);
/* <tr><th>name</th><td>text</td></tr>, and nothing where there is no text. */
void html_fact(FILE *to, const char *name, const char *text);

#endif
