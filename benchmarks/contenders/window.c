/* The floor: one window per trader over rows in order of time, a tail pointer and a sum per trader.
 *
 * usage: window FOLDER ROWS TRADERS WINDOW_NS LIMIT
 * Prints rows above the limit, the sum of all window sums modulo 1,000,003 each, and CPU seconds of the loop alone
 * (median of three).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *load(const char *folder, const char *name, size_t bytes) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    void *data = malloc(bytes);
    if (!file || !data || fread(data, 1, bytes, file) != bytes) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    fclose(file);
    return data;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void pass(const int64_t *time, const int64_t *notional, const int32_t *trader, const int8_t *trade, int64_t rows,
                 int64_t window, int64_t *sums, int64_t *out) {
    int64_t tail = 0;
    for (int64_t i = 0; i < rows; i++) {
        int64_t limit = time[i] - window;
        while (time[tail] < limit) {
            if (trade[tail] && trader[tail]) sums[trader[tail]] -= notional[tail];
            tail++;
        }
        if (trade[i] && trader[i]) out[i] = sums[trader[i]] += notional[i];
    }
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    int64_t rows = atoll(argv[2]), traders = atoll(argv[3]), window = atoll(argv[4]), limit = atoll(argv[5]);
    int64_t *time = load(argv[1], "time.i64", 8 * rows), *notional = load(argv[1], "notional.i64", 8 * rows);
    int32_t *trader = load(argv[1], "trader.i32", 4 * rows);
    int8_t *trade = load(argv[1], "trade.i8", rows);
    int64_t *sums = malloc(8 * (traders + 1)), *out = malloc(8 * rows);
    memset(out, 0, 8 * rows);
    double took[3];
    for (int run = 0; run < 3; run++) {
        memset(sums, 0, 8 * (traders + 1));
        double began = seconds();
        pass(time, notional, trader, trade, rows, window, sums, out);
        took[run] = seconds() - began;
    }
    double least = took[0] < took[1] ? took[0] : took[1], most = took[0] < took[1] ? took[1] : took[0];
    double middle = took[2] < least ? least : took[2] > most ? most : took[2];
    int64_t above = 0, check = 0;
    for (int64_t i = 0; i < rows; i++) {
        above += out[i] > limit;
        check += out[i] % 1000003;
    }
    printf("{\"above\": %lld, \"check\": %lld, \"loop_s\": %.6f}\n", (long long)above, (long long)check, middle);
    return 0;
}
