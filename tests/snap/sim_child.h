#ifndef TESTS_SNAP_SIM_CHILD_H
#define TESTS_SNAP_SIM_CHILD_H

/* A snap-simulator of this test's own, and the little of HTTP that drives it. */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "snap/snap.h"

struct sim_child {
    pid_t pid;
    int port;
    bool tls;        /* set by the test that starts it with a certificate: see test_snap_tls.c */
    char folder[64]; /* keys and ledger; removed by sim_child_close() */
};

/* Run a program to its end; what it prints is in *out. Returns its exit status. */
int sim_child_run(const char *const *arguments, struct buf *out);

/* Make keys and start; arguments after a NULL-ended list are options of the simulator. */
void sim_child_open(struct sim_child *child);
void sim_child_start(struct sim_child *child, int port, const char *const *options);
void sim_child_stop(struct sim_child *child); /* SIGTERM, must end with 0 */
void sim_child_kill(struct sim_child *child); /* SIGKILL: as a power cut */
void sim_child_close(struct sim_child *child);

/* The file's text, in memory of the buffer. */
void sim_child_read(const struct sim_child *child, const char *name, struct buf *out);

/* One request of HTTP/1.1; returns the status, 0 when the connection was cut. body goes to out. */
int sim_child_http(const struct sim_child *child, const char *method, const char *path,
                   const char *headers, const char *body, struct buf *out);

/* POST to a control path; it must be answered with 200. */
void sim_child_post(const struct sim_child *child, const char *path, const char *body);
void sim_child_fixture(const struct sim_child *child, const char *account, const char *behaviour);
void sim_child_down(const struct sim_child *child, const char *partner, const char *on);
/* A number of GET /_control/ledger, at a path such as "partners.bni.booked". */
int64_t sim_child_total(const struct sim_child *child, const char *path);
int64_t sim_child_booked(const struct sim_child *child, const char *reference);
int64_t sim_child_returned(const struct sim_child *child, const char *reference);

/* Confs for all partners of the simulator, in its order: bni bca dana gopay ovo linkaja. */
#define SIM_CHILD_CONFS 6
enum { BNI, BCA, DANA, GOPAY, OVO, LINKAJA };
struct sim_child_confs {
    struct snap_partner_conf conf[SIM_CHILD_CONFS];
    char url[64], secret[160], ca_file[96];
    struct buf pem;
};
void sim_child_confs(const struct sim_child *child, struct sim_child_confs *out);

/* Step until the call is done; fails the test after 20 s. */
void snap_run(struct snap *snap, const struct snap_call *call);

#endif
