/* What can go wrong with a Redis, done to the RAM twin. */
#include "store/store_ram.h"
#include "store/store_ram_calls.h"

/* splitmix64: each seed its own, well mixed row. */
static uint64_t next_random(struct store_ram *ram)
{
    ram->random += 0x9e3779b97f4a7c15u;
    uint64_t z = ram->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

bool store_ram_chance(struct store_ram *ram, uint32_t permille)
{
    return permille > 0 && next_random(ram) % 1000 < permille;
}

void ram_break_link(struct ram_store *s)
{
    if (!s->up)
        return;
    s->up = false;
    for (struct ram_call *c = s->first; c && store_ram_chance(s->ram, 500); c = c->next)
        if (c->refused.kind == ERR_NONE)
            ram_execute(s->ram->data, c);
}

void store_ram_restart(struct store_ram *ram)
{
    for (struct ram_store *s = ram->stores; s; s = s->next)
        ram_break_link(s);
}

size_t store_ram_rollback(struct store_ram *ram, size_t n)
{
    store_ram_restart(ram);
    return ram_rollback(ram->data, n);
}

void store_ram_wipe(struct store_ram *ram)
{
    store_ram_restart(ram);
    ram_wipe(ram->data);
}

void store_ram_lose_permille(struct store_ram *ram, uint32_t permille)
{
    ram->lose_permille = permille;
}

void store_ram_away(struct store_ram *ram, bool away)
{
    ram->away = away;
    if (away)
        store_ram_restart(ram);
}

void store_ram_rebuild(struct store_ram *ram, int32_t bucket, bool on)
{
    struct buf name = { 0 };

    buf_printf(&name, "rebuild:{%d}", (int)bucket);
    struct ram_group *flag = ram_group(ram->data, name.data);
    buf_release(&name);
    ram_begin(ram->data);
    if (on)
        ram_put(ram->data, flag, "", 0, "1", 1);
    else
        ram_drop(ram->data, flag, "", 0);
}

void store_ram_drop(struct store_ram *ram, int32_t bucket, const char *kind)
{
    struct buf name = { 0 };

    buf_printf(&name, "%s:{%d}", kind ? kind : "", (int)bucket);
    ram_begin(ram->data);
    ram_drop_groups(ram->data, name.data, kind != NULL);
    buf_release(&name);
}
