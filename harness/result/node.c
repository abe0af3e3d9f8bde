#include "result/fields.h"

const char *node_path(const struct node *node, char *out, size_t size)
{
	char before[96] = "";

	if (!node->up) { /* the document itself has no name */
		snprintf(out, size, "%s", "");
		return out;
	}
	node_path(node->up, before, sizeof before);
	if (node->name)
		snprintf(out, size, "%s%s%.40s", before, before[0] ? "." : "", node->name);
	else
		snprintf(out, size, "%s[%zu]", before, node->index);
	return out;
}
