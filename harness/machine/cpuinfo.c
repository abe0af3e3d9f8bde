#include "machine/environment_parts.h"

#include "machine/textfile.h"

#include <stdlib.h>
#include <string.h>

#define CPUINFO_MAX (256u << 10) /* some hundred CPUs: all kinds have appeared by then */

/* First one found wins: x86, MIPS, POWER, RISC-V. */
static const struct {
	const char *fact, *label;
} rows[] = {
    {"cpu.model", "model name"}, {"cpu.model", "cpu model"},   {"cpu.model", "cpu"},
    {"cpu.model", "uarch"},	 {"cpu.vendor", "vendor_id"},  {"cpu.family", "cpu family"},
    {"cpu.model_id", "model"},	 {"cpu.stepping", "stepping"}, {"cpu.microcode", "microcode"},
};

/* What bears on translation, its isolation, zeroing, timing and waiting. */
static const char *const flags[] = {
    "pcid",   "invpcid", "invlpgb",	 "la57",	"pdpe1gb", "pse",    "pge",	   "pti",
    "kaiser", "tce",	 "lam",		 "smap",	"ept",	   "npt",    "erms",	   "fsrm",
    "clzero", "rdtscp",	 "constant_tsc", "nonstop_tsc", "monitor", "mwaitx", "hypervisor",
};

static const struct {
	uint32_t implementer, part;
	const char *name;
} arm_cores[] = {
    {0x41, 0xd03, "Cortex-A53"},  {0x41, 0xd05, "Cortex-A55"},	 {0x41, 0xd07, "Cortex-A57"},
    {0x41, 0xd08, "Cortex-A72"},  {0x41, 0xd0a, "Cortex-A75"},	 {0x41, 0xd0b, "Cortex-A76"},
    {0x41, 0xd0c, "Neoverse-N1"}, {0x41, 0xd40, "Neoverse-V1"},	 {0x41, 0xd41, "Cortex-A78"},
    {0x41, 0xd44, "Cortex-X1"},	  {0x41, 0xd46, "Cortex-A510"},	 {0x41, 0xd47, "Cortex-A710"},
    {0x41, 0xd48, "Cortex-X2"},	  {0x41, 0xd49, "Neoverse-N2"},	 {0x41, 0xd4d, "Cortex-A715"},
    {0x41, 0xd4e, "Cortex-X3"},	  {0x41, 0xd4f, "Neoverse-V2"},	 {0x41, 0xd80, "Cortex-A520"},
    {0x41, 0xd81, "Cortex-A720"}, {0x41, 0xd82, "Cortex-X4"},	 {0x41, 0xd84, "Neoverse-V3"},
    {0x41, 0xd8e, "Neoverse-N3"}, {0x43, 0x0af, "ThunderX2"},	 {0x46, 0x001, "A64FX"},
    {0x48, 0xd01, "Kunpeng-920"}, {0x4e, 0x004, "Carmel"},	 {0x51, 0x001, "Oryon"},
    {0x61, 0x022, "M1-Icestorm"}, {0x61, 0x023, "M1-Firestorm"}, {0xc0, 0xac3, "Ampere-1"},
    {0xc0, 0xac4, "Ampere-1a"},
};

void list_add(char *out, size_t size, const char *word)
{
	size_t length = strlen(word), used = strlen(out);

	for (const char *at = out; length && (at = strstr(at, word)); at += length)
		if ((at == out || at[-1] == ' ') && (at[length] == ',' || !at[length]))
			return;
	snprintf(out + used, size - used, "%s%s", used ? ", " : "", word);
}

/* Value of "label\t: value" in the block that begins at text; false when the block has none. */
static bool field(const char *text, const char *label, char *out, size_t size)
{
	size_t length = strlen(label);

	for (; *text && *text != '\n'; text += strcspn(text, "\n"), text += *text == '\n') {
		if (strncmp(text, label, length) != 0)
			continue;
		const char *value = text + length + strspn(text + length, " \t");
		if (*value++ != ':')
			continue;
		value += strspn(value, " \t");
		snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
		return *out != 0;
	}
	return false;
}

static uint32_t hex_field(const char *block, const char *label)
{
	char text[32];

	return field(block, label, text, sizeof text) ? (uint32_t)strtoul(text, NULL, 0) : 0;
}

static bool flag_facts(const char *block, struct facts *out)
{
	char text[8192], name[48], *rest;
	bool fine = true;

	if (!field(block, "flags", text, sizeof text))
		return true;
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
			if (strcmp(word, flags[i]) != 0)
				continue;
			snprintf(name, sizeof name, "cpu.flags.%s", word);
			fine &= facts_set(out, name, "yes");
		}
	return fine;
}

static void arm_core(const char *block, char *models, char *parts, size_t size)
{
	uint32_t implementer = hex_field(block, "CPU implementer"),
		 part = hex_field(block, "CPU part");
	char text[64];
	const char *name = NULL;

	for (unsigned i = 0; i < sizeof arm_cores / sizeof *arm_cores; i++)
		if (arm_cores[i].implementer == implementer && arm_cores[i].part == part)
			name = arm_cores[i].name;
	snprintf(text, sizeof text, "Arm 0x%02x/0x%03x", implementer, part);
	list_add(models, size, name ? name : text);
	snprintf(text, sizeof text, "0x%02x/0x%03x r%up%u", implementer, part,
		 hex_field(block, "CPU variant"), hex_field(block, "CPU revision"));
	list_add(parts, size, text);
}

/* Arm gives numbers, and cores of one machine may differ. */
static bool arm_facts(const char *text, struct facts *out)
{
	char models[256] = "", parts[256] = "";

	for (const char *block = text; block; block = text_after(block, "\n\n"))
		if (hex_field(block, "CPU implementer"))
			arm_core(block, models, parts, sizeof models);
	if (!*models)
		return true;
	return facts_set(out, "cpu.model", "%s", models) && facts_set(out, "cpu.part", "%s", parts);
}

bool cpu_facts(struct facts *out)
{
	char *text = textfile_read("/proc/cpuinfo", CPUINFO_MAX), value[256];
	bool fine = true;

	if (!text)
		return true;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!facts_get(out, rows[i].fact) &&
		    field(text, rows[i].label, value, sizeof value))
			fine &= facts_set(out, rows[i].fact, "%s", value);
	fine = fine && flag_facts(text, out) && arm_facts(text, out);
	free(text);
	return fine;
}
