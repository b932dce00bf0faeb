#include "eligibility.h"

#include <assert.h>

/* workers/eligibility/main.c is built with these for main() and worker_main() (CMakeLists.txt). */
int eligibility_main(int argc, char **argv);
int eligibility_take(int argc, char **argv, const struct worker_spec *spec);

static struct worker_spec taken;

int eligibility_take(int argc, char **argv, const struct worker_spec *spec)
{
    (void)argc;
    (void)argv;
    taken = *spec;
    return 0;
}

const struct worker_spec *eligibility_worker(void)
{
    if (!taken.name)
        (void)eligibility_main(0, NULL);
    assert(taken.name);
    return &taken;
}
