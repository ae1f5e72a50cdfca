/* SPDX-License-Identifier: Apache-2.0 */
/* What Prometheus's own clients tell about a process, under the same names; from proc(5). */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "telemetry/log.h"
#include "telemetry/series.h"

static double start_time_s;
static pthread_once_t start_time_once = PTHREAD_ONCE_INIT;

/* A small file of the kernel's; empty when it cannot be read. */
static struct str read_small(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return STR("");
	len = read(fd, out, size);
	close(fd);
	return (struct str){ out, len > 0 ? (size_t)len : 0 };
}

/* Field `index`, counted from 0, of numbers between blanks; 0 when there is none. */
static int64_t number_at(struct str text, int index)
{
	struct str field = STR_NULL;
	int64_t value = 0;

	for (int i = 0; i <= index; i++)
		field = str_cut(&text, ' ');
	return str_to_i64(field, &value) < 0 ? 0 : value;
}

/* The kernel counts the start in ticks since boot; told in wall time once, so that it does not wander. */
static void find_start_time(void)
{
	char bytes[1024];
	struct str stat = read_small("/proc/self/stat", bytes, sizeof(bytes));
	struct timespec since_boot;
	size_t name_end = stat.len;

	while (name_end > 0 && stat.ptr[name_end - 1] != ')')
		name_end--;
	clock_gettime(CLOCK_BOOTTIME, &since_boot);
	/* starttime is field 22; the state after the name and its blank is field 3. */
	start_time_s = (double)clock_now_us() / 1e6 - (double)since_boot.tv_sec - (double)since_boot.tv_nsec / 1e9 +
	               (double)number_at(str_slice(stat, name_end, stat.len), 20) / (double)sysconf(_SC_CLK_TCK);
}

static int64_t open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int64_t count = -3; /* ".", ".." and the folder itself */

	if (!folder)
		return 0;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void write_row(struct buf *buf, const char *name, const char *kind, const char *help)
{
	buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n%s ", name, help, name, kind, name);
}

static void write_integer(struct buf *buf, const char *name, const char *kind, const char *help, int64_t value)
{
	write_row(buf, name, kind, help);
	buf_printf(buf, "%lld\n", (long long)value);
}

void metrics_write_process(struct buf *buf)
{
	char bytes[256];
	struct str statm = read_small("/proc/self/statm", bytes, sizeof(bytes));
	int64_t page = sysconf(_SC_PAGESIZE);
	struct timespec cpu = { 0 };
	struct rlimit files = { 0 };

	pthread_once(&start_time_once, find_start_time);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	getrlimit(RLIMIT_NOFILE, &files);
	write_row(buf, "process_cpu_seconds_total", "counter", "User and system CPU time spent, in seconds.");
	buf_printf(buf, "%lld.%06lld\n", (long long)cpu.tv_sec, (long long)cpu.tv_nsec / 1000);
	write_integer(buf, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
	              number_at(statm, 1) * page);
	write_integer(buf, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
	              number_at(statm, 0) * page);
	write_integer(buf, "process_open_fds", "gauge", "Number of open file descriptors.", open_descriptors());
	write_integer(buf, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
	              (int64_t)files.rlim_cur);
	write_row(buf, "process_start_time_seconds", "gauge", "Start time of the process, in seconds since 1970.");
	buf_printf(buf, "%.2f\n", start_time_s);
	write_integer(buf, "stoa_log_lines_dropped_total", "counter",
	              "Log lines dropped because nobody read them in time.", (int64_t)log_dropped());
}
