#!lua name=insentif
--[[
What must happen in one piece, in Redis (7.0 or newer).  No rule of the programme is here: the
Functions compare, chain and write bytes that they never look into, but for a record's version, its
first 8 bytes.  The contract is store.h; this file says how a call looks on the wire.

 - The version is a hash of this text, put in at build.  Function names end in it: a worker of another
   build finds no Function, instead of being understood wrongly.  insentif_version answers it.
 - While a library loads, globals such as `string` don't exist yet in 7.0: they are used only within
   functions.
 - Numbers of Lua are doubles: epochs, offsets and versions of buckets stay below 2^53 (the caller
   sees to it), everything else stays a string.
 - A failing call undoes nothing: everything is checked first, and written last.
 - unpack() is good for some 8,000 values: longer lists go in chunks.
 - Commands are checked against the caller: a worker's user needs +info +mget +get +set (the store
   itself), +fcall +fcall_ro, and what is called here: +exists +mset +hmget +hset +lrange +ltrim +rpush
   +llen +zadd +zrem +zscore +zcard +zrange +scan. Not: +function.

Every Function has KEYS[1] = rebuild:{b}, and answers an array that begins with one of: ]]
local OK, CONFLICT, DUP, GAP, STALE, FENCED, REBUILD = 0, 1, 2, 3, 4, 5, 6

local VERSION = '@VERSION@'
local CHUNK = 3900                           -- even: pairs stay together
local NEVER = '\0\0\0\0\0\0\0\0'             -- the version of a record that doesn't exist
local RECORD = '\255\255'                    -- instead of a tie: this write is a record

-- redis.call(command, key, list[from], …, list[to])
local function spread(command, key, list, from, to)
    for at = from, to, CHUNK do
        redis.call(command, key, unpack(list, at, math.min(at + CHUNK - 1, to)))
    end
end

local function text(number)
    return string.format('%.0f', number)
end

--[[ apply
KEYS 1 rebuild · 2 v · 3 wm · 4 ob · 5 tm · 6 tw · 7… one per write
ARGV 1 epoch · 2 chain as it must be · 3 chain as it becomes
     4 prev, '' when no watermark moves · 5 last · 6 bucket version as loaded, '-1': compare
     7 newest version of the records written · 8 how many emissions to trim
     9 count of fields · 10 of writes · 11 of records among them · 12 of emissions · 13 of timers
     14 expected versions, 8 bytes per write (any for what is no record)
     15 ties of writes, 2 bytes each: RECORD, 0 for none, or the number (from 1) of the write it is
        tied to · 16 ties of emissions · 17 per timer a tie and its clock (0 none, 1 tm, 2 tw)
     18… fields of wm: worker, worker#, worker/topic (or worker again), and what is required
     then the watermarks required, the values, the emissions, and per timer member and score
Answers {OK, bucket version}, {CONFLICT, bucket version, index (from 0), present value or nil, …},
{GAP, watermark}, {DUP}, {STALE}, {FENCED}, {REBUILD}. ]]
local KEY, FIELD = 6, 17 -- before the first

-- What stops the whole call, in this order; nil when nothing does.
local function refusal(argv, wm, fields)
    local watermark = argv[4] ~= '' and (tonumber(wm[3]) or -1)
    if tonumber(argv[1]) < (tonumber(wm[1]) or 0) then
        return {FENCED}
    end
    if watermark and tonumber(argv[5]) <= watermark then
        return {DUP}
    end
    if argv[2] ~= wm[2] or (watermark and tonumber(argv[4]) ~= watermark) then
        return {GAP, text(watermark or -1)}
    end
    for i = 4, fields do
        if (tonumber(wm[i]) or -1) < tonumber(argv[FIELD + fields + i - 3]) then
            return {STALE}
        end
    end
end

-- The records that somebody else wrote: number of write -> true, and what to answer about them.
local function compare(keys, argv, writes, answer)
    local expected, ties, lost = argv[14], argv[15], nil
    local sub, insert = string.sub, table.insert
    for at = 1, writes, CHUNK do
        local to = math.min(at + CHUNK - 1, writes)
        local now = redis.call('MGET', unpack(keys, KEY + at, KEY + to))
        for i = at, to do
            local value = now[i - at + 1]
            if sub(value or NEVER, 1, 8) ~= sub(expected, 8 * i - 7, 8 * i)
                    and sub(ties, 2 * i - 1, 2 * i) == RECORD then
                lost = lost or {}
                lost[i] = true
                insert(answer, text(i - 1))
                insert(answer, value)
            end
        end
    end
    return lost
end

-- Is what carries this tie (2 bytes at `at`) written?
local function stays(lost, ties, at)
    local high, low = string.byte(ties, at, at + 1)
    return not lost[high * 256 + low]
end

local function write_values(keys, argv, writes, values, lost, bucket_version)
    local list, n = {}, 0
    for i = 1, writes do
        if not lost or (not lost[i] and stays(lost, argv[15], 2 * i - 1)) then
            list[n + 1], list[n + 2] = keys[KEY + i], argv[values + i]
            n = n + 2
        end
    end
    if bucket_version then
        list[n + 1], list[n + 2] = keys[2], bucket_version
        n = n + 2
    end
    for at = 1, n, CHUNK do
        redis.call('MSET', unpack(list, at, math.min(at + CHUNK - 1, n)))
    end
end

local function push(keys, argv, emits, first, lost)
    if not lost then
        return spread('RPUSH', keys[4], argv, first + 1, first + emits)
    end
    local list = {}
    for i = 1, emits do
        if stays(lost, argv[16], 2 * i - 1) then
            list[#list + 1] = argv[first + i]
        end
    end
    spread('RPUSH', keys[4], list, 1, #list)
end

-- The last word about a member counts; a timer is in the set of one clock only.
local function set_timers(keys, argv, timers, first, lost)
    local clock_of, score_of = {}, {}
    for i = 1, timers do
        if not lost or stays(lost, argv[17], 3 * i - 2) then
            local member = argv[first + 2 * i - 1]
            clock_of[member] = string.byte(argv[17], 3 * i)
            score_of[member] = argv[first + 2 * i]
        end
    end
    local whole = clock_of[''] -- the sentinel: in both sets, never due
    clock_of[''] = nil
    for clock = 1, 2 do
        local put, drop = whole and {'+inf', ''} or {}, {}
        for member, its in pairs(clock_of) do
            if its == clock then
                put[#put + 1] = score_of[member]
                put[#put + 1] = member
            else
                drop[#drop + 1] = member
            end
        end
        spread('ZADD', keys[4 + clock], put, 1, #put)
        spread('ZREM', keys[4 + clock], drop, 1, #drop)
    end
end

local function apply(keys, argv)
    local first = redis.call('MGET', keys[1], keys[2])
    if first[1] then
        return {REBUILD}
    end
    local fields, writes, records = tonumber(argv[9]), tonumber(argv[10]), tonumber(argv[11])
    local emits, timers = tonumber(argv[12]), tonumber(argv[13])
    local wm = redis.call('HMGET', keys[3], unpack(argv, FIELD + 1, FIELD + fields))
    local no = refusal(argv, wm, fields)
    if no then
        return no
    end

    local version, answer, lost = first[2] or '0', {CONFLICT, ''}, nil
    if records > 0 and version ~= argv[6] then
        lost = compare(keys, argv, writes, answer)
    end
    local written = lost and records - (#answer - 2) / 2 or records
    local values = FIELD + fields + fields - 3
    if written > 0 then
        version = text(math.max(tonumber(version) + 1, tonumber(argv[7])))
    end

    if argv[8] ~= '0' then
        redis.call('LTRIM', keys[4], argv[8], -1)
    end
    write_values(keys, argv, writes, values, lost, written > 0 and version)
    push(keys, argv, emits, values + writes, lost)
    if timers > 0 then
        set_timers(keys, argv, timers, values + writes + emits, lost)
    end
    if lost or argv[4] == '' then
        redis.call('HSET', keys[3], argv[FIELD + 2], argv[3])
    else
        redis.call('HSET', keys[3], argv[FIELD + 2], argv[3], argv[FIELD + 3], argv[5])
    end
    answer[2] = version
    return lost and answer or {OK, version}
end

--[[ own
KEYS 1 rebuild · 2 wm · 3 ob     ARGV 1 now · 2… fields of wm: worker, worker#, then worker/topic …
Answers {OK, new epoch, the fields as they were, the outbox}. ]]
local function own(keys, argv)
    if redis.call('EXISTS', keys[1]) == 1 then
        return {REBUILD}
    end
    local wm = redis.call('HMGET', keys[2], unpack(argv, 2))
    local epoch = text(math.max((tonumber(wm[1]) or 0) + 1, tonumber(argv[1])))
    redis.call('HSET', keys[2], argv[2], epoch, argv[3], epoch .. ':0')
    return {OK, epoch, wm, redis.call('LRANGE', keys[3], 0, -1)}
end

--[[ look: own without writing
KEYS 1 rebuild · 2 wm · 3 ob · 4 tm · 5 tw     ARGV as own's, the time left out
Answers {OK, epoch, the fields, entries in the outbox, timers}. ]]
local function look(keys, argv)
    if redis.call('EXISTS', keys[1]) == 1 then
        return {REBUILD}
    end
    local wm = redis.call('HMGET', keys[2], unpack(argv))
    local timers = 0
    for i = 4, 5 do
        timers = timers + redis.call('ZCARD', keys[i])
        if redis.call('ZSCORE', keys[i], '') then
            timers = timers - 1
        end
    end
    return {OK, wm[1] or '0', wm, redis.call('LLEN', keys[3]), timers}
end

--[[ due
KEYS 1 rebuild · 2 tm · 3 tw     ARGV 1 business time · 2 wire time · 3 at most
The sentinel, the empty member that is never due, tells a set without timers from a lost one; the
worker that has made the timers again sets it (apply).
Answers {OK, 1 while a set is without sentinel, members}. ]]
local function due(keys, argv)
    if redis.call('EXISTS', keys[1]) == 1 then
        return {REBUILD}
    end
    local was_lost = 0
    local list = {}
    for clock = 1, 2 do
        local set = keys[1 + clock]
        if not redis.call('ZSCORE', set, '') then
            was_lost = 1
        end
        local found = redis.call('ZRANGE', set, '-inf', argv[clock], 'BYSCORE', 'LIMIT', 0, argv[3],
            'WITHSCORES')
        for i = 1, #found, 2 do
            list[#list + 1] = {found[i], tonumber(found[i + 1]), #list}
        end
    end
    table.sort(list, function(a, b)
        if a[2] ~= b[2] then
            return a[2] < b[2]
        end
        return a[3] < b[3]
    end)
    local members = {}
    for i = 1, math.min(#list, tonumber(argv[3])) do
        members[i] = list[i][1]
    end
    return {OK, was_lost, members}
end

--[[ ids
KEYS 1 rebuild     ARGV 1 cursor · 2 pattern · 3 how many keys to look at
Answers {OK, next cursor, keys}. ]]
local function ids(keys, argv)
    if redis.call('EXISTS', keys[1]) == 1 then
        return {REBUILD}
    end
    local found = redis.call('SCAN', argv[1], 'MATCH', argv[2], 'COUNT', argv[3])
    return {OK, found[1], found[2]}
end

local function version()
    return VERSION
end

redis.register_function{function_name = 'insentif_apply_' .. VERSION, callback = apply}
redis.register_function{function_name = 'insentif_own_' .. VERSION, callback = own}
redis.register_function{function_name = 'insentif_due_' .. VERSION, callback = due}
redis.register_function{function_name = 'insentif_look_' .. VERSION, callback = look,
                        flags = {'no-writes'}}
redis.register_function{function_name = 'insentif_ids_' .. VERSION, callback = ids,
                        flags = {'no-writes'}}
redis.register_function{function_name = 'insentif_version', callback = version,
                        flags = {'no-writes'}}
