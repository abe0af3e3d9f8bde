/* The program as the guest's init: mounts what Linux programs expect, runs the command, and tells
 * the host through the second serial port. What goes wrong before that is told to the console. */
#include "lab/frames.h"
#include "lab/initramfs.h"
#include "lab/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <linux/perf_event.h>

#define PORT	  "/dev/ttyS1"
#define WORDS_MAX 256
/* Those that a run counts; each brace is an alternative. */
#define TRACEPOINTS                                                                                \
	"/sys/kernel/tracing/events/{tlb/tlb_flush,ipi/*,irq_vectors/{call_function,"              \
	"call_function_single,reschedule}_entry,huge_memory/{mm_khugepaged_scan_pmd,"              \
	"mm_collapse_huge_page},migrate/mm_migrate_pages,compaction/mm_compaction_begin,"          \
	"vmscan/mm_vmscan_direct_reclaim_begin,hugetlbfs/*}/id"
#define LULL_MS 100 /* of output, after the command's end: orphans may hold the pipes open */

static const struct {
	const char *type, *at;
	bool needed;
} mounts[] = {
    {"proc", "/proc", true},
    {"sysfs", "/sys", true},
    {"devtmpfs", "/dev", true},
    {"tmpfs", "/dev/shm", false},
    {"debugfs", "/sys/kernel/debug", false}, /* the flush ceiling */
    {"tracefs", "/sys/kernel/tracing", false},
    {"cgroup2", "/sys/fs/cgroup", false},
};

static int port = -1; /* nftw() hands no context on */

static struct verdict mount_all(void)
{
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		mkdir(mounts[i].at, 0755);
		if (mount(mounts[i].type, mounts[i].at, mounts[i].type, 0, NULL) &&
		    mounts[i].needed && errno != EBUSY)
			return verdict_error("no-guest", "boot another kernel",
					     "cannot mount %s: %s", mounts[i].at, strerror(errno));
	}
	return verdict_ok();
}

static void hold_event(unsigned type, uint64_t config)
{
	struct perf_event_attr attr = {.type = type, .size = sizeof attr, .config = config};

	syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/* The kernel patches its own code when the first counter of an event opens and when the last one
 * closes. QEMU's emulator, with a thread to each CPU, now and then goes on with the code from
 * before, and a CPU that meets a breakpoint which is no longer there meets it for ever (seen
 * with 7.2: asm_exc_int3 in __schedule, in every fourth doctor). So they stay open from beginning
 * to end. */
static void hold_events(void)
{
	glob_t ids;

	for (unsigned i = 0; i < PERF_COUNT_SW_MAX; i++)
		hold_event(PERF_TYPE_SOFTWARE, i);
	if (glob(TRACEPOINTS, GLOB_BRACE, NULL, &ids) == 0)
		for (size_t i = 0; i < ids.gl_pathc; i++) {
			FILE *file = fopen(ids.gl_pathv[i], "r");
			unsigned long id;

			if (file && fscanf(file, "%lu", &id) == 1)
				hold_event(PERF_TYPE_TRACEPOINT, id);
			if (file)
				fclose(file);
		}
	globfree(&ids);
}

static struct verdict open_port(void)
{
	struct termios raw;

	port = open(PORT, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (port < 0 || tcgetattr(port, &raw))
		return verdict_error("no-guest", "boot a kernel with CONFIG_SERIAL_8250=y",
				     "cannot open " PORT ": %s", strerror(errno));
	cfmakeraw(&raw);
	raw.c_cflag |= CLOCAL;
	tcsetattr(port, TCSANOW, &raw);
	return verdict_ok();
}

static void write_all(const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t n = write(port, at, size);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			at += n, size -= (size_t)n;
	}
}

static void send_frame(enum frame_type type, const void *bytes, size_t size)
{
	unsigned char head[FRAME_HEAD];

	frame_head(type, (uint32_t)size, head);
	write_all(head, sizeof head);
	write_all(bytes, size);
}

static int send_file(const char *path, const struct stat *info, int type, struct FTW *where)
{
	static char buffer[FRAME_BYTES];
	int fd;

	(void)info, (void)where;
	if (type != FTW_F || (fd = open(path, O_RDONLY)) < 0)
		return 0;
	path += strlen(GUEST_WORK "/");
	send_frame(FRAME_FILE, path, strlen(path));
	for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;)
		send_frame(FRAME_DATA, buffer, (size_t)n);
	close(fd);
	return 0;
}

static void read_words(char *text, size_t size, char *words[WORDS_MAX])
{
	int fd = open(GUEST_COMMAND, O_RDONLY), n = 1;
	ssize_t length = fd >= 0 ? read(fd, text, size - 1) : -1;
	static char program[] = "tlbscope";

	words[0] = program;
	for (char *at = text; at < text + length && n < WORDS_MAX - 1; at += strlen(at) + 1)
		words[n++] = at;
	words[n] = NULL;
	if (fd >= 0)
		close(fd);
}

static void command(int out, int err)
{
	static char text[65536];
	char *words[WORDS_MAX];

	read_words(text, sizeof text, words);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out, 1);
	dup2(err, 2);
	setsid();
	setenv("HOME", "/root", 1);
	setenv("PATH", "/", 1);
	setenv("TLBSCOPE_DATA", GUEST_DATA, 1);
	unsetenv("TERM");
	if (chdir(GUEST_WORK) == 0)
		execv(GUEST_PROGRAM, words);
	_exit(127);
}

/* Passes on what the command prints. False: nothing came for a while. */
static bool pass_on(struct pollfd pipes[2])
{
	static const enum frame_type types[] = {FRAME_OUT, FRAME_ERR};
	static char buffer[FRAME_BYTES];

	if (poll(pipes, 2, LULL_MS) <= 0)
		return false;
	for (int i = 0; i < 2; i++) {
		if (!pipes[i].revents)
			continue;
		ssize_t n = read(pipes[i].fd, buffer, sizeof buffer);

		if (n > 0)
			send_frame(types[i], buffer, (size_t)n);
		else
			pipes[i].fd = -1; /* poll() leaves it out */
	}
	return true;
}

/* Children of the command may outlive it, and come to us. */
static bool ended(pid_t pid, int *status)
{
	int other;
	pid_t got;

	while ((got = waitpid(-1, &other, WNOHANG)) > 0)
		if (got == pid) {
			*status = other;
			return true;
		}
	return got < 0;
}

static int run(void)
{
	int out[2], err[2], status = 127 << 8;
	bool over = false;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return 127;
	pid_t pid = fork();

	if (pid == 0)
		command(out[1], err[1]);
	close(out[1]);
	close(err[1]);
	struct pollfd pipes[2] = {{.fd = out[0], .events = POLLIN},
				  {.fd = err[0], .events = POLLIN}};

	while (pass_on(pipes) || !over)
		over = over || ended(pid, &status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void say_exit(int code)
{
	unsigned char bytes[4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(code >> 8 * i);
	send_frame(FRAME_EXIT, bytes, sizeof bytes);
	tcdrain(port);
}

bool vm_is_guest(const char *program)
{
	return strcmp(program, GUEST_INIT) == 0;
}

struct verdict vm_guest(void)
{
	if (getpid() != 1 || access(GUEST_COMMAND, R_OK))
		return verdict_error("bad-option", "tlbscope vm --help",
				     "this is for the inside of a guest");
	struct verdict verdict = mount_all();

	if (verdict_is_ok(&verdict))
		verdict = open_port();
	if (verdict_is_ok(&verdict)) {
		hold_events();
		send_frame(FRAME_BOOTED, NULL, 0);
		int code = run();

		nftw(GUEST_WORK, send_file, 16, FTW_PHYS);
		say_exit(code);
	} else {
		fprintf(stderr, "tlbscope: %s; try: %s\n", verdict.text, verdict.remedy);
	}
	sync();
	reboot(RB_POWER_OFF);
	return verdict;
}
