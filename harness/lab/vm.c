#include "lab/vm.h"

#include "lab/initramfs.h"
#include "lab/kernel.h"
#include "lab/program.h"
#include "lab/qemu.h"
#include "lab/receive.h"

#include <tlbscope/timer.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define QEMU_LOG "qemu.log"

struct vm {
	const struct vm_spec *spec;
	struct vm_end *end;
	struct qemu qemu;
	struct receiver receiver;
	char work[64]; /* QEMU's working directory: all that is made for one guest */
	int from, signals;
	sigset_t mask;
	pid_t pid;
	uint64_t start_ns;
};

static double since(uint64_t start_ns)
{
	return (double)(timer_monotonic() - start_ns) / 1e9;
}

static struct verdict make_work(struct vm *vm)
{
	const char *place = getenv("TMPDIR");

	if (!place || !*place || strlen(place) > 32)
		place = "/tmp";
	snprintf(vm->work, sizeof vm->work, "%s/tlbscope-vm-XXXXXX", place);
	if (mkdtemp(vm->work))
		return verdict_ok();
	*vm->work = 0;
	return verdict_error("no-vm", "set TMPDIR to a place that can be written",
			     "cannot make a directory in %s: %s", place, strerror(errno));
}

static struct verdict prepare(struct vm *vm)
{
	char kernel[4300], path[128];
	struct verdict verdict = make_work(vm);

	if (verdict_is_ok(&verdict))
		verdict = kernel_find(vm->spec->kernel, vm->work, kernel, sizeof kernel);
	snprintf(path, sizeof path, "%s/%s", vm->work, QEMU_KERNEL);
	if (verdict_is_ok(&verdict) && symlink(kernel, path))
		verdict = verdict_error("no-vm", "free space there, or set TMPDIR",
					"cannot make %s: %s", path, strerror(errno));
	snprintf(path, sizeof path, "%s/%s", vm->work, QEMU_INITRD);
	if (verdict_is_ok(&verdict))
		verdict = initramfs_write(path, vm->spec->command, vm->spec->data);
	return verdict;
}

/* A group of its own: the terminal's Ctrl-C is ours to handle. */
static void child(const struct vm *vm, int to)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir(vm->work))
		_exit(127);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(to, 1);
	dup2(open(QEMU_LOG, O_WRONLY | O_CREAT, 0666), 2);
	execvp(QEMU_PROGRAM, (char *const *)vm->qemu.words);
	_exit(127);
}

static struct verdict start(struct vm *vm)
{
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return verdict_error("no-vm", "close some files", "no pipe: %s", strerror(errno));
	vm->start_ns = timer_monotonic();
	vm->pid = fork();
	if (vm->pid == 0)
		child(vm, pipes[1]);
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
}

/* The last bytes of a file of QEMU's, from the beginning of a line. */
static void tail(const struct vm *vm, const char *name, char *out, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", vm->work, name);
	*out = 0;
	file = fopen(path, "r");
	if (!file)
		return;
	fseek(file, 0, SEEK_END);
	long length = ftell(file), from = length - (long)(size - 1);

	fseek(file, from > 0 ? from : 0, SEEK_SET);
	out[fread(out, 1, size - 1, file)] = 0;
	fclose(file);
	const char *line = from > 0 ? strchr(out, '\n') : NULL;

	if (line)
		memmove(out, line + 1, strlen(line + 1) + 1);
}

static struct verdict hung(struct vm *vm)
{
	tail(vm, QEMU_CONSOLE, vm->end->console, sizeof vm->end->console);
	return verdict_error("guest-hung", "raise --timeout, or see the console's last lines",
			     "the guest %s within %.0f s, and was ended",
			     vm->receiver.booted ? "did not end its command" : "did not boot",
			     vm->spec->timeout_s);
}

static struct verdict died(struct vm *vm)
{
	char said[160];

	tail(vm, QEMU_CONSOLE, vm->end->console, sizeof vm->end->console);
	tail(vm, QEMU_LOG, said, sizeof said);
	said[strcspn(said, "\n")] = 0;
	if (vm->receiver.frames.broken)
		return verdict_error("guest-died", "leave ttyS1 out of --append",
				     "the guest writes other things to its second serial port");
	if (*said && !vm->receiver.booted)
		return verdict_error("guest-died", "see --help", "%s", said);
	return verdict_error("guest-died", "see the console's last lines", "the guest ended %s",
			     vm->receiver.booted ? "before its command did" : "while it booted");
}

/* Until the command ends, the guest does, the limit is reached, or a signal comes. */
static struct verdict attend(struct vm *vm)
{
	struct pollfd wait[2] = {{.fd = vm->from, .events = POLLIN},
				 {.fd = vm->signals, .events = POLLIN}};

	for (;;) {
		double left_s = vm->spec->timeout_s - since(vm->start_ns);
		bool more = true;

		if (left_s <= 0)
			return hung(vm);
		if (poll(wait, 2, left_s < 1000 ? (int)(left_s * 1000) + 1 : 1000000) < 0)
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

static struct verdict boot(struct vm *vm)
{
	sigset_t before;
	struct verdict verdict = watch_signals(vm, &before);

	if (verdict_is_ok(&verdict))
		verdict = prepare(vm);
	if (verdict_is_ok(&verdict))
		verdict = start(vm);
	if (verdict_is_ok(&verdict))
		verdict = attend(vm);
	vm->end->total_s = vm->start_ns ? since(vm->start_ns) : 0;
	stop(vm);
	receiver_end(&vm->receiver);
	if (*vm->work)
		directory_remove(vm->work);
	if (vm->signals >= 0)
		close(vm->signals);
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
	*vm = (struct vm){.spec = spec, .end = end, .from = -1, .signals = -1};
	receiver_begin(&vm->receiver, spec, end);
	if (verdict_is_ok(&verdict) && !program_exists(QEMU_PROGRAM))
		verdict = verdict_error("no-qemu", "./run.sh vm installs it", "there is no %s here",
					QEMU_PROGRAM);
	if (verdict_is_ok(&verdict))
		verdict = qemu_command(spec, &vm->qemu);
	if (verdict_is_ok(&verdict))
		verdict = boot(vm);
	free(vm);
	return verdict;
}
