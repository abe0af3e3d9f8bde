#include "lab/vm.h"

#include "lab/initramfs.h"
#include "lab/kernel.h"
#include "lab/program.h"
#include "lab/qemu.h"
#include "lab/receive.h"

#include <tlbscope/timer.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SILENT_S  60.0
#define BOOTS_MAX 3
#define LOOK_S	  0.25 /* how often the console is looked at */

struct vm {
	const struct vm_spec *spec;
	struct vm_end *end;
	struct qemu qemu;
	struct receiver receiver;
	struct qemu_files files;
	int log; /* QEMU's stderr */
	int from, signals;
	sigset_t mask;
	pid_t pid;
	uint64_t start_ns, heard_ns; /* heard: the console's last word */
	off_t heard;		     /* its bytes */
};

static double since(uint64_t start_ns)
{
	return (double)(timer_monotonic() - start_ns) / 1e9;
}

/* Without a name: nothing can be left of it, whatever ends us. */
static struct verdict memory_file(const char *name, int *fd)
{
	*fd = memfd_create(name, MFD_CLOEXEC);
	if (*fd >= 0)
		return verdict_ok();
	return verdict_error("no-vm", "free memory, or close some files",
			     "cannot make a file in memory: %s", strerror(errno));
}

static struct verdict prepare(struct vm *vm)
{
	struct verdict verdict = memory_file("console", &vm->files.console);

	if (verdict_is_ok(&verdict))
		verdict = memory_file("log", &vm->log);
	if (verdict_is_ok(&verdict))
		verdict = memory_file("initrd", &vm->files.initrd);
	if (verdict_is_ok(&verdict))
		verdict = kernel_open(vm->spec->kernel, &vm->files.kernel);
	if (verdict_is_ok(&verdict))
		verdict = initramfs_write(vm->files.initrd, vm->spec->command, vm->spec->data);
	if (verdict_is_ok(&verdict))
		verdict = qemu_command(vm->spec, &vm->files, &vm->qemu);
	return verdict;
}

static void inherit(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

/* A group of its own: the terminal's Ctrl-C is ours to handle. Ends with us, however we end. */
static void child(const struct vm *vm, pid_t parent, int to)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	inherit(vm->files.kernel);
	inherit(vm->files.initrd);
	inherit(vm->files.console);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(to, 1);
	dup2(vm->log, 2);
	execvp(QEMU_PROGRAM, (char *const *)vm->qemu.words);
	_exit(127);
}

static struct verdict start(struct vm *vm)
{
	pid_t parent = getpid();
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return verdict_error("no-vm", "close some files", "no pipe: %s", strerror(errno));
	vm->heard_ns = timer_monotonic();
	vm->heard = 0;
	vm->pid = fork();
	if (vm->pid == 0)
		child(vm, parent, pipes[1]);
	close(pipes[1]);
	vm->from = pipes[0];
	if (vm->pid < 0)
		return verdict_error("no-vm", "end some processes", "cannot start QEMU: %s",
				     strerror(errno));
	return verdict_ok();
}

static void stop(struct vm *vm)
{
	if (vm->pid > 0) {
		kill(vm->pid, SIGKILL);
		waitpid(vm->pid, NULL, 0);
	}
	if (vm->from >= 0)
		close(vm->from);
	vm->pid = 0;
	vm->from = -1;
}

/* The last bytes of a file, from the beginning of a line. */
static void tail(int fd, char *out, size_t size)
{
	off_t length = lseek(fd, 0, SEEK_END), from = length - (off_t)(size - 1);
	ssize_t n = pread(fd, out, size - 1, from > 0 ? from : 0);

	out[n > 0 ? n : 0] = 0;
	const char *line = from > 0 ? strchr(out, '\n') : NULL;

	if (line)
		memmove(out, line + 1, strlen(line + 1) + 1);
}

static struct verdict hung(struct vm *vm)
{
	tail(vm->files.console, vm->end->console, sizeof vm->end->console);
	return verdict_error("guest-hung", "raise --timeout, or see the console's last lines",
			     "the guest %s within %.0f s, and was ended",
			     vm->receiver.booted ? "did not end its command" : "did not boot",
			     vm->spec->timeout_s);
}

/* What QEMU itself says: why it did not start, or what it left out. */
static void first_words(const struct vm *vm, char *out, size_t size)
{
	ssize_t n = pread(vm->log, out, size - 1, 0);

	out[n > 0 ? n : 0] = 0;
	out[strcspn(out, "\n")] = 0;
}

static struct verdict died(struct vm *vm)
{
	char said[160];

	tail(vm->files.console, vm->end->console, sizeof vm->end->console);
	first_words(vm, said, sizeof said);
	if (vm->receiver.frames.broken)
		return verdict_error("guest-died", "leave ttyS1 out of --append",
				     "the guest writes other things to its second serial port");
	if (*said && !vm->receiver.booted)
		return verdict_error("guest-died", "see --help", "%s", said);
	return verdict_error("guest-died", "see the console's last lines", "the guest ended %s",
			     vm->receiver.booted ? "before its command did" : "while it booted");
}

/* A kernel that boots talks; one that has stopped half-way does not go on. */
static bool is_silent(struct vm *vm)
{
	struct stat info;
	off_t bytes = fstat(vm->files.console, &info) ? 0 : info.st_size;

	if (vm->receiver.booted || bytes != vm->heard)
		vm->heard_ns = timer_monotonic();
	vm->heard = bytes;
	return since(vm->heard_ns) > (vm->spec->silent_s > 0 ? vm->spec->silent_s : SILENT_S);
}

/* Until the command ends, the guest does, the limit is reached, or a signal comes. Stops, and ok
 * without an end: the guest is silent. */
static struct verdict attend(struct vm *vm)
{
	struct pollfd wait[2] = {{.fd = vm->from, .events = POLLIN},
				 {.fd = vm->signals, .events = POLLIN}};

	for (;;) {
		double left_s = vm->spec->timeout_s - since(vm->start_ns);
		bool more = true;

		if (left_s <= 0)
			return hung(vm);
		if (vm->end->boots < BOOTS_MAX && is_silent(vm))
			return verdict_ok();
		if (poll(wait, 2, (int)(fmin(left_s, LOOK_S) * 1000) + 1) < 0)
			continue;
		if (wait[1].revents)
			return verdict_error("interrupted", "", "interrupted");
		if (wait[0].revents)
			more = receiver_read(&vm->receiver, vm->from);
		if (vm->receiver.booted && vm->end->boot_s == 0)
			vm->end->boot_s = since(vm->start_ns);
		if (vm->receiver.over)
			return vm->receiver.verdict;
		if (!more)
			return died(vm);
	}
}

/* Half-way through booting, an emulated kernel may stop for ever (docs/vm.md); another one need
 * not. */
static struct verdict try_boots(struct vm *vm)
{
	struct verdict verdict = verdict_ok();

	vm->start_ns = timer_monotonic();
	while (verdict_is_ok(&verdict) && !vm->receiver.over) {
		if (vm->end->boots++) {
			stop(vm);
			receiver_end(&vm->receiver);
			receiver_begin(&vm->receiver, vm->spec, vm->end);
			if (vm->spec->err >= 0)
				dprintf(vm->spec->err,
					"guest: it stopped while it booted; boot %u of at most "
					"%u\n",
					vm->end->boots, BOOTS_MAX);
		}
		verdict = start(vm);
		if (verdict_is_ok(&verdict))
			verdict = attend(vm);
	}
	return verdict;
}

/* Those that we were asked to ignore stay ignored. */
static struct verdict watch_signals(struct vm *vm, sigset_t *before)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;

	sigemptyset(&vm->mask);
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (sigaction(stops[i], NULL, &action) || action.sa_handler != SIG_IGN)
			sigaddset(&vm->mask, stops[i]);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &vm->mask, before);
	vm->signals = signalfd(-1, &vm->mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (vm->signals >= 0)
		return verdict_ok();
	return verdict_error("no-vm", "close some files", "no signalfd: %s", strerror(errno));
}

static void close_all(const struct vm *vm)
{
	const int fds[] = {vm->files.kernel, vm->files.initrd, vm->files.console, vm->log,
			   vm->signals};

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static struct verdict boot(struct vm *vm)
{
	sigset_t before;
	struct verdict verdict = watch_signals(vm, &before);

	if (verdict_is_ok(&verdict))
		verdict = prepare(vm);
	if (verdict_is_ok(&verdict))
		verdict = try_boots(vm);
	first_words(vm, vm->end->warning, sizeof vm->end->warning);
	vm->end->total_s = vm->start_ns ? since(vm->start_ns) : 0;
	stop(vm);
	receiver_end(&vm->receiver);
	close_all(vm);
	/* One that came was taken up as "interrupted", and must not end the caller as well. */
	while (sigtimedwait(&vm->mask, NULL, &(struct timespec){0}) > 0)
		continue;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return verdict;
}

struct verdict vm_run(const struct vm_spec *spec, struct vm_end *end)
{
	struct verdict verdict = vm_check(spec);
	struct vm *vm = calloc(1, sizeof *vm);

	*end = (struct vm_end){0};
	if (!vm)
		return verdict_error("no-memory", "free memory", "no memory for a guest");
	*vm = (struct vm){
	    .spec = spec, .end = end, .files = {-1, -1, -1}, .log = -1, .from = -1, .signals = -1};
	receiver_begin(&vm->receiver, spec, end);
	if (verdict_is_ok(&verdict) && !program_exists(QEMU_PROGRAM))
		verdict = verdict_error("no-qemu", "./run.sh vm installs it", "there is no %s here",
					QEMU_PROGRAM);
	if (verdict_is_ok(&verdict))
		verdict = boot(vm);
	free(vm);
	return verdict;
}
