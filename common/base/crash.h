#ifndef BASE_CRASH_H
#define BASE_CRASH_H

/*
 * CRASH_POINT("name"): a place where the process may die and nothing may be lost or doubled
 * (consistency.md "Crash points"). Compiled in with -DINSENTIF_CRASH_POINTS only; the process then
 * kills itself with SIGKILL at the n-th hit of the point named in INSENTIF_CRASH=name:n.
 */
#ifdef INSENTIF_CRASH_POINTS
void crash_point(const char *name);
#define CRASH_POINT(name) crash_point(name)
#else
#define CRASH_POINT(name) ((void)0)
#endif

#endif
