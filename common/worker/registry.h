#ifndef WORKER_REGISTRY_H
#define WORKER_REGISTRY_H

/*
 * Which schema a registry's id stands for, where producers use Confluent's framing (`00` and a
 * 4-byte id).  A file says it: schemas come from our build or from who configures us, never over
 * the network (consistency.md "Hostile input").
 *
 *     # id  event                [the .avsc it was written with, beside this file]
 *     17    training-completed   training-completed.3.avsc
 *     18    rating-submitted
 *
 * One id a line; a line that begins with # is a comment.  Without a path the schema is today's of
 * this build.  An id never changes its meaning in a registry, today's schema does: name the .avsc.
 */
#include "codec/codec.h"

#define REGISTRY_FILE_MAX (64 * 1024)

/* Bind every id of the file, at most CODEC_IDS_MAX. ERR_FATAL names file, line and reason. */
MUST_CHECK int registry_bind(struct codec *codec, const char *path, struct err *err);

#endif
