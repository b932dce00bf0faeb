#!/usr/bin/env python3
"""Executable model of record ownership: several workers write one participant record, by compare-and-set. Three fact workers with partial apply,
derived holds and releases, verdicts, timers, deadline, cancel, clawback; the inquiry before every claim and R12's doubt; case-class answers booked
without an INTENT; returns (R17) that overtake the success, come twice, come again; an outcome unknown for a day; the write chain (epoch:sequence) of
every worker, the outbox in memory, payments under way side by side; put back by a person (R14); the budget: a flag in the record and a counter of the
bucket; accounts that too many use. (In this bucket they lie side by side; the account S stands for all that may have several users.)
One seed = one run. Actors are generators; every yield is a crash point; a killed actor may come back as a zombie.
usage: ownership_sim.py FLAGS first_seed n     FLAGS = comma list, 'base' = none. Each other flag removes one protection (MUTANTS) or adds a fault (WORLDS).
       ownership_sim.py --quick-mutants [n]    each of QUICK must be caught within n seeds, each of RARE by its seed.           Exit 1: violations, or a mutant not caught."""
import sys, random, pickle
from collections import Counter
MUTANTS = dict(                                                              # flag = what it takes away
    noconfirmver='confirm writes without comparing the version', holdstate='HELD is a stored state, entered by the verdict and left by the release event',
    notimers='a lost timer index is not rebuilt from the records', wmfirst='the watermark moves although conflicts are open',
    loosebox="a conflicting record's emissions are appended all the same", emitapart='emissions are written in a second call', ackfirst='the outbox is trimmed before Kafka has acknowledged', kafkaoffset="positions come from Kafka's committed offsets",
    noendcheck='the deadline decides without having consumed to the end', newref='a new reference while the outcome is unknown', sharedepoch='one epoch per bucket for all workers',
    norecheck='a release is obeyed without checking the conditions again', relstale='a release that was told, and is not so, stays the last word', tellonce='CANCELLED is told once, even if a failure is told after it', counterver='the version is a plain counter (goes back with Redis)',
    answertime='the FAIL fact carries the time when the answer was learned', resendnocheck='the same reference is sent again without a new confirm',
    schedpass='scheduling asks what can be taken back (check passes now, not deactivated)',
    newestdate="scheduled_at follows a correction (newest source version) instead of the first in the topic's log", silentrestore='a state restored from the ledger emits nothing',
    oldquiet='after a restore the quiet time counts from the INTENT', nowait='money does not wait for the fact watermarks', waitcommitted='money waits for the committed offsets only, not for the end seen at restore',
    facttells='a fact worker announces CANCELLED itself, before the ledger is read', notoken='money writes carry no chain', nofence='epochs are not compared', noledger='no INTENT in the ledger before the send',
    stickymark='a hold that changes its reason keeps its old mark', attverdict='a verdict is matched by attempt alone, not by the failure it answers',
    barecancel='CANCELLED in the ledger ends the attempt, whichever INTENT it belongs to',
    # the inquiry and R12's doubt
    doubtonce='held at the first negative answer', nospan='held at the third negative answer, however early', noreset='a claim after a good answer leaves the doubts counted',
    marknoreset='an announced hold, or its release, leaves the doubts counted', restoredoubt='an INTENT read from the ledger leaves the doubts counted',
    staleinquiry='claimed and confirmed with an inquiry of another account', wrongdoubt='a negative answer about another account counts for the current one',
    latedoubt='an answer is applied although a fact was faster', asktime='the FAIL fact carries the time of the decision, not of the inquiry',
    losttimer='an answer that came too late takes the timer away, though nobody has announced the hold', blindtimer='a timer is written without comparing a record that the decision leaves alone',
    nofresh='confirm takes any inquiry, or none, for fresh', takeoverblind='a CLAIMED instalment of a dead owner is confirmed without an inquiry',
    takeoverdeaf='... is confirmed whatever the inquiry says',
    stageless='the stage (inquiry or check) is not in the id of the announced hold', casefail='a case by inquiry is told under the id of a failed transfer of its attempt',
    barefail='a FAILED without INTENT ends the attempt, whichever INTENT is open', twobodies='two bodies under one reference are asked about for ever',
    # returns (R17), and payments whose outcome nobody learns for a day
    retnoatt='a return counts for the instalment, whatever attempt is under way or paid', rettwice='a return is booked again when it is told again', retearly='a return told before we know of the success is dropped',
    retalone='a return told before we know of the success is booked without it', retquiet='... and the success is told to nobody', retover='a returned attempt takes bookings as any other',
    retclaimtime="the FAIL fact of a return carries the claim's time", retlearned='... the time when we learned of it', retsameref='an instalment that was returned is paid again under the same reference',
    retdate="a return overwrites the claim's time, which transfer-succeeded tells too", retalarm='the success of a returned attempt, learned late, is an alarm', refundfail='"refunded" as a status is a final failure',
    lateresend='not found after a day: sent again or given up by itself', latecase='the case about an unknown outcome ends the attempt', lateagain='a person is told at every look', latestop='nobody asks any more once a person is told',
    # put back by a person (R14)
    putnoatt='counts for the instalment, whatever failure it is in', putnover='clears the account whatever has failed since', putsending='counts while SENDING, too',
    putonce='takes away the failure that it finds, and is not kept as a fact', putstate='the time of a returned attempt depends on whether its verdict has come', putquiet='is told to nobody', putearly='counts only after the verdict',
    # the budget: a flag in the record, a counter of the bucket
    fundapart='the counter is written in a second call', unfunded='a claim needs no flag', fundabsent='an absent counter counts as nothing spent', nogiveback='what is cancelled keeps its money',
    backtwice='the money is given back at every look', restoreflag='a booked INTENT sets no flag', restoreold='a booked INTENT that moves nothing sets the flag, too',
    walkopen='operations go on during the walk', walkkeep='the walk leaves a counter that is there', walkblind='the walk ends without its chain', shortstop='who is not funded is not looked at again', shortquiet='... and nothing shows it',
    # accounts that many use
    sharelast='only who came last is told', shareplain="the FAIL carries the event's time", sharepass='who agrees names the time, not the failure', sharefull='who comes when the set is full is told with the time of each event', usedlink='account-used is told with the link only',
    nochain='writes of fact workers carry no chain', noresend='not found twice: always given up, a new reference (no protection lost while the quiet time holds)')
WORLDS = dict(silent='Redis moves back without breaking connections', restorecounts='a booked INTENT that sets the flag adds to the counter, too')
QUICK = ('doubtonce', 'nospan', 'noreset', 'marknoreset', 'staleinquiry', 'wrongdoubt', 'latedoubt', 'asktime', 'losttimer', 'nofresh', 'takeoverblind', 'loosebox', 'emitapart', 'ackfirst', 'kafkaoffset',
    'putnoatt', 'putnover', 'putsending', 'putonce', 'putquiet', 'putearly', 'fundapart', 'unfunded', 'nogiveback', 'backtwice', 'restoreflag', 'walkopen', 'walkkeep', 'walkblind', 'shortstop', 'shortquiet',
    'sharelast', 'sharepass', 'sharefull', 'usedlink', 'retnoatt', 'rettwice', 'retearly', 'retalone', 'retquiet', 'retclaimtime', 'retlearned', 'retsameref', 'retdate', 'retalarm', 'lateresend', 'latecase', 'lateagain', 'latestop')
RARE = dict(takeoverdeaf=183, refundfail=515, retover=212, shareplain=117)    # caught by this seed: their windows come once in some hundred
FACT = dict(comp=('pur', 'com'), rate=('rat',), elig=('chk', 'acc'), share=('used',))         # worker -> its topics; share: eligibility-worker, who uses an account
DISB = ('sched', 'rel', 'ver', 'ret', 'put')
AMOUNT = {1: 3, 2: 2}
DUE, GAP2, DEADLINE, LEASE, QUIET = 60, 80, 150, 14, 152                     # quiet, after the lease, > the partner's in-flight time
AGAIN, SPAN, DOUBTS, AWAY, FRESH = 18, 40, 3, 8, 100                         # R12; AGAIN * 2 < SPAN, so that the span matters by itself
DAY, KEPT = 300, 170                                                         # an outcome unknown for a day: a person; KEPT longer the partner remembers a reference
class Conn(Exception): pass                                                  # the connection broke: own again
class Gap(Exception): pass                                                   # the chain or a watermark isn't ours: own again
class Fenced(Exception): pass                                                # a newer owner
class Redis:                                                                # one bucket; a call is atomic; rollback = power cut
    def __init__(s): s.hist = []; s.gen = 0; s.lost = 0; s.empty(True)
    def empty(s, init):
        s.d = dict(init=init, ep={}, ch={}, wm={}, P={}, ob={w: [] for w in ('comp', 'rate', 'elig', 'share', 'disb')}, tm=dict(comp={}, disb={}), tmok=set(), lwm=-1, said=0, ann={}, fund=None, drift=0)
    def snap(s): s.hist.append(pickle.dumps(s.d, -1)); del s.hist[:-30]
    def rollback(s, k, index=False, tell=True):
        k = min(k, len(s.hist)); s.lost += 1
        if k:
            s.d = pickle.loads(s.hist[-k]); del s.hist[-k:]
            if not index: s.d['tm'] = dict(comp={}, disb={}); s.d['tmok'] = set()   # the index did not survive
        s.gen += tell
    def wipe(s): s.hist = []; s.empty(False); s.gen += 1; s.lost += 1
# ---------------------------------------------------------------- the functional core: records, derived states, what a change emits
def blank(): return dict(v=0, pur=None, com=None, rat=None, first=None, acc={}, ck={}, dead=None, inst={}, users=())    # users: of the record of an account: who, version of what was told
def cp(r): return pickle.loads(pickle.dumps(r, -1))
def cur(r): return max(r['acc'], key=lambda a: r['acc'][a]) if r['acc'] else None   # newest link by source version
def hold(r):                                                                # derived: reason, account, time; None = nothing open
    a = cur(r)
    if a is None: return ('NOACC', '', 0)
    c = r['ck'].get(a)
    for why in SLOT if c else ():
        if c[SLOT[why][0]] > max(c[SLOT[why][1]], c[0] if why == 'KYC' else 0): return (why, a, c[SLOT[why][0]])
SLOT = dict(CLOSED=(1, 2), KYC=(3, 4), SHARED=(5, 6))                       # of r['ck'][account]: newest FAIL, newest that a person has struck; [0]: newest PASS
def facts(r, a): return r['ck'].setdefault(a, [0] * 7)
def top(c, j, t): c[j] = max(c[j], t)
def status(r, n):                                                           # what the participant sees
    i = r['inst'].get(n)
    if i is None: return None
    if i['st'] == 'PAID': return 'CLAWBACK' if r['dead'] else 'PAID'
    if i['st'] == 'SENDING': return 'SENDING'
    if r['dead']: return 'CANCELLED'
    if i['st'] == 'READY' and hold(r): return 'HELD'
    return i['st']
IDLEN = dict(sched=0, can=0, stop=0, tsucc=1, tfail=1, tret=1, tcase=3, claw=1, check=3, rel=2, late=2)     # how much of the content makes the id
def returned(i): return i['st'] == 'FAILED' and i['back'] == i['att']          # paid, and the bank gave it back; i['back'] stays when the attempt moves on
def fid(f, p, n, i):                                                        # the id of the failure that an instalment in FAILED waits for the verdict of
    if returned(i): return ('tret', p, n, i['att'])
    return ('tcase', p, n, i['att'], i['why'], i['t0']) if i['bare'] and 'casefail' not in f else ('tfail', p, n, i['att'])
def endoubt(i):                                                             # a good answer, a fact, another account: its waiting time is over too
    if i['db']: i.update(db=0, ds=0, nb=0)
def settle(f, p, old, new, nv):
    """Emissions of the change old -> new, the same for every worker: whoever changes a derived state emits it."""
    if new == old: return []
    new['v'] = nv; em = []
    if 'S' in new['acc'] and new['pur'] is not None and ('S' not in old['acc'] or old['pur'] is None and 'usedlink' not in f): em.append(('used', ('used', p), ('used', 'S', 0, p), (nv, 0)))    # (S stands for every account)
    for k in range(max(len(old['users']), 1), len(new['users'])):           # each new user is told of to all: what was agreed to for two isn't agreed for three
        for u, _ in new['users'][k if 'sharelast' in f else 0:k + 1]: em.append(('chk', ('shr', p, u, k + 1), ('shr', u, new['users'][k][1], (p, False)), (nv, len(em))))
    def out(topic, kind, n, *c):
        k = IDLEN[kind] - (kind == 'check' and 'stageless' in f); em.append((topic, (kind, p, n) + c[:k], (kind, p, n) + c, (nv, len(em))))
    for n, i in sorted(new['inst'].items()):
        so, sn, o = status(old, n), status(new, n), old['inst'].get(n, dict(st=None, att=0, mark=None, back=0, late=0))
        if o.get('due') is None and i['due'] is not None and i['st'] == 'READY' and sn != 'CANCELLED': out('sched', 'sched', n, i['due'])
        moved = (o['st'], o['att'], o['back']) != (i['st'], i['att'], i['back'])
        if i['st'] == 'PAID' and moved or returned(i) and (o['st'], o['att']) != ('PAID', i['att']) and moved and 'retquiet' not in f: out('hist', 'tsucc', n, i['att'], i['t0'])
        if i['st'] == 'FAILED' and moved: out('tfail', fid(f, p, n, i)[0], n, i['att'], i['why'], i['rt'] if returned(i) else i['t0'])
        if i['late'] != o['late']: out('ver', 'late', n, i['att'], i['t0'])   # case-opened: its id carries both, since a rollback can claim one attempt twice
        def check(): out('tfail', 'check', n, i['mark'], i['att'], 'inquiry' if i['db'] >= DOUBTS else 'check')    # by doubt: a case opens beside it
        if sn == 'HELD' and i['mark'] and i['mark'] != o['mark'] and not moved: check()
        released = i['st'] == 'READY' and i['mark'] and not hold(new)
        if 'holdstate' in f: released = i['st'] in ('FAILED', 'HELD') and i['mark'] and not hold(new)
        if released:
            if not new['dead']: out('rel', 'rel', n, i['mark'], i['att'])
            i['mark'] = None
            if 'marknoreset' not in f: endoubt(i)                           # or three old answers would hold it again at the first new one
        elif i['st'] == 'READY' and i['mark'] and hold(new) != i['mark'] and 'stickymark' not in f:      # another reason: say so
            i['mark'] = hold(new)
            if 'marknoreset' not in f: endoubt(i)
            if sn == 'HELD': check()
        if sn == 'CANCELLED' and so != sn: out('rel', 'stop', n)            # a request: only disbursement, who has read the ledger, says CANCELLED
        again = i['told'] and sn == 'CANCELLED' and i['st'] == 'FAILED' and moved and 'tellonce' not in f    # a failure booked late must not be the last word
        if i['told'] and not o.get('told') or again or 'facttells' in f and sn == 'CANCELLED' and so != sn: out('hist', 'can', n)
        if sn == 'CLAWBACK' and so != sn: out('hist', 'claw', n, i['att'])
    return em
def schedule(f, r):                                                         # on monotone facts only: what can be taken back is a hold
    if r['com'] is None or r['rat'] is None or r['first'] is None: return
    if 'schedpass' in f and not r['inst'] and (r['dead'] or hold(r)): return
    due = max(r['com'], r['rat'][0], r['first']) + DUE
    for n in (1, 2):
        i = r['inst'].setdefault(n, inst(1))
        if i['due'] is None: i.update(due=due + GAP2 * (n - 1), mark=None if i['st'] == 'READY' else i['mark'])   # announced (again): a hold is announced again after it
def inst(att):
    """db, ds: negative answers in a row, the first one's time; bare: FAILED by an inquiry; back, rt: the last attempt that was returned, and when;
    late: the attempt about whose unknown outcome a person was told; funded: its amount is in the bucket's counter; short: it waits for the budget."""
    return dict(st='READY', att=att, due=None, nb=0, mark=None, acc=None, t0=0, dl=0, why=None, back=0, rt=0, late=0, bare=False, open=(), cov=None, told=False, db=0, ds=0, funded=False, short=False)
def fact(f, r, e):                                                          # one event into the record; e = (kind, p, happened, arg)
    k, p, t, x = e
    if k == 'pur': r['pur'] = t if r['pur'] is None else r['pur']
    elif k == 'com': r['com'] = t if r['com'] is None else r['com']
    elif k == 'rat':
        if r['rat'] is None: r['rat'] = (t, t, x)                           # (first in the log, newest source version, stars)
        elif t > r['rat'][1]: r['rat'] = (t if 'newestdate' in f else r['rat'][0], t, x)
    elif k == 'dead': r['dead'] = r['dead'] or 'R4'
    elif k == 'acc':
        r['first'] = t if r['first'] is None else r['first']; r['acc'][x] = max(t, r['acc'].get(x, 0)); top(facts(r, x), 0, t)
    elif k == 'chk': top(facts(r, x[0]), 0 if x[1] else SLOT['KYC'][0], t)
    elif k == 'shr': top(facts(r, x[0]), SLOT['SHARED'][0], t)
    elif k == 'used' and x not in [u for u, _ in r['users']] and len(r['users']) < (3 if 'wide' in f else 2): r['users'] += ((x, t if 'shareplain' in f or not r['users'] else max(t, r['users'][-1][1] + 1)),)
    schedule(f, r)
def failed(r, acc, why, t):                                                 # a FAIL fact learned from money; acc None: two bodies under one reference, nobody knows which
    if acc is None: return
    top(facts(r, acc), SLOT[why][0], t)
def full(f, p, r, batch):                                                   # who comes when the set is full is told alone, at each telling the same
    return [('chk', ('shr', p, e[3], e[2] if 'sharefull' in f else 'full'), ('shr', e[3], e[2] if 'sharefull' in f else r['users'][-1][1], (p, False)), (r['v'], 99)) for e in batch if e[1] == p and e[3] not in [u for u, _ in r['users']]]
def failing(f, i): return i['why'], i['acc'], i['rt'] if i['back'] == i['att'] and ('putstate' not in f or i['st'] == 'FAILED') else i['t0']     # how a FAILED or CASE failed
def put_back(f, r, n, att, why, acc, t):
    """R14: that failure never was. As a fact of the account: a third lattice value. And this very failure of the instalment is over."""
    if acc is not None and why in SLOT:
        c = facts(r, acc); a, b = SLOT[why]
        if 'putonce' not in f: top(c, b, 10**9 if 'putnover' in f else t)
        elif c[a] <= t: c[a] = 0
    i = r['inst'].get(n); ok = i and i['st'] in ('CASE', 'FAILED')[:1 + ('putearly' not in f)] and i['why'] in ('FRAUD', *SLOT)
    if ok and (i['att'] == att and failing(f, i) == (why, acc, t) or 'putnoatt' in f and i['why'] == why) or i and 'putsending' in f and (i['st'], i['att']) == ('SENDING', att):
        i.update(st='READY', att=i['att'] + 1, nb=0, bare=False, cov=None, open=())
        if 'putquiet' not in f: i['mark'] = i['mark'] or (why, acc, t)      # settle() tells of the release, or of what else holds it
RANK = dict(READY=0, CLAIMED=1, SENDING=2, FAILED=3, PAID=4)
def rank(f, i): return 1.5 if i['bare'] and i['st'] == 'FAILED' and 'barefail' not in f else RANK.get(i['st'], 8)
def book(f, r, e, now=0):
    """One ledger entry into the record (restore): a lattice on (attempt, rank). An INTENT carries the nonce of the session that wrote it and stays
    open until a CANCELLED names that nonce: a zombie's late CANCELLED must not end the attempt that its successor has just sent.
    BARE is a FAILED by an inquiry, without INTENT: it ranks below SENDING, so that a zombie's late one can't end that attempt either.
    RETURNED ends its attempt: whatever comes for it, or for an older one, is a copy of what was booked before."""
    k, n, att, acc, t0, why = e; i = r['inst'].setdefault(n, inst(att)); here = (i['att'], rank(f, i))
    if k in ('FAILED', 'RETURNED') and why in ('KYC', 'CLOSED'): failed(r, acc, why, i['t0'] if k == 'RETURNED' and 'retclaimtime' in f else t0)
    if att <= i['back'] and 'retover' not in f: return
    if k == 'INTENT' and 'restoreold' in f: i['funded'] = True
    if k == 'INTENT':
        again = i['st'] == 'READY' and i['att'] == att + 1 and i['cov'] is not None and why not in i['cov'] and 'barecancel' not in f
        if here < (att, 2) or again:
            i.update(st='SENDING', att=att, acc=acc, t0=t0, dl=t0 + LEASE, bare=False, mark=None, cov=None, open=tuple(sorted(set((i['open'] if here[0] == att else ()) + (why,)))))
            if 'restoredoubt' not in f: endoubt(i)                          # there was a good answer before it
            if 'restoreflag' not in f: i['funded'] = True                   # without the counter: the next walk repairs it
        elif here == (att, 2) and why not in i['open']: i['open'] += (why,)
        if i['st'] == 'SENDING' and i['att'] == att:
            i['dl'] = max(i['dl'], 0 if 'oldquiet' in f else now + LEASE)   # a dead owner may have confirmed just before: the full lease and quiet time from now
            if i['acc'] != acc: i['acc'] = None                             # two bodies under one reference: ask, never send again
    if k == 'SUCC' and here < (att, 4): i.update(st='PAID', att=att, acc=acc, t0=t0, bare=False)
    if k == 'CANCELLED' and i['att'] == att and ('barecancel' in f or here < (att, 3)):
        i['open'] = tuple(x for x in i['open'] if x not in why)
        if not i['open'] or 'barecancel' in f: i.update(st='READY', att=att + 1, mark=None, bare=False, cov=why)
    if k == 'BARE' and here < (att, 3 if 'barefail' in f else 1.5): i.update(st='FAILED', att=att, acc=acc, t0=t0, why=why, bare=True, mark=None)
    if k == 'FAILED' and here < (att, 3): i.update(st='FAILED', att=att, acc=acc, t0=t0, why=why, bare=False, mark=hold(r) if why in ('KYC', 'CLOSED') else None)
    if k == 'RETURNED' and here < (att, 9):
        i.update(st='FAILED', att=att, acc=acc, back=att, rt=t0, why=why, bare=False, mark=hold(r) if why in ('KYC', 'CLOSED') else None)
        if 'retdate' in f: i['t0'] = t0
def doubt(f, r, i, acc, why, asked, now):                                   # R12: a negative answer that contradicts what is known
    if i['acc'] != cur(r): endoubt(i); i['acc'] = cur(r)                    # ... on the same account
    if not i['db']: i['ds'] = asked
    i['db'] = min(i['db'] + 1, DOUBTS); i['nb'] = asked + AGAIN
    if 'doubtonce' not in f and (i['db'] < DOUBTS or asked - i['ds'] < SPAN and 'nospan' not in f): return False
    failed(r, cur(r), why, now if 'asktime' in f else asked); i['mark'] = hold(r); return True
# ---------------------------------------------------------------- the run
class Sim:
    def __init__(s, seed, flags, script=None, faults=True):
        s.r = random.Random(seed * 2 + (0 if faults else 1)); s.f = flags | ({'wide'} if seed % 2 else set()); s.t = 0; s.R = Redis(); s.inject = s.faults = faults; s.stat = Counter(); s.viol = set()
        s.T = {k: [] for k in ('pur', 'com', 'rat', 'chk', 'acc', 'used', 'sched', 'rel', 'tfail', 'ver', 'ret', 'put', 'hist', 'ledger')}
        s.com = {}; s.rpos = -1; s.ambush = ''; s.ids = {}; s.gw = {}; s.body = {}; s.late = []; s.wire = []; s.rets = []; s.last = 0; s.paid = []; s.truth = script or s.write_script(); s.pend = []
        s.wipe = 0; s.walking = False; s.given = {}; s.took = set(); s.puts = []; s.acts = Counter(); s.agreed = {}; s.shr = {}; s.drift = 0
        s.said = []; s.wrote = set(); s.made = set(); s.asked = []; s.negs = []; s.legit = set(); s.right = {}; s.ever = set(); s.back = {}; s.gwt = {}; s.unfixed = set(); s.lates = Counter(); s.looked = {}; s.outage = {}      # what the oracles know; right: whose worker it is
        for e, topic in s.truth['ev']:                                      # append later than it happened; sometimes twice, sometimes out of order
            at = e[2] if topic == 'pur' else e[2] + s.r.choice((0, 0, 3, 25)); s.pend.append((at, topic, e))
            if s.r.random() < .25: s.pend.append((at + s.r.randint(0, 60), topic, e))
        s.pend.sort(key=lambda x: x[0])
    def write_script(s):
        R = s.r; ev = []; W = {}; theme = R.choice(('', 'doubt', 'ledger')); press = R.choice(('', 'back', 'unknown')) if theme != 'doubt' else ''    # what a run presses on
        X = random.Random(s.r.random()); quiet = press and X.random() < .6; share = not quiet and X.random() < .35; put = not quiet and X.random() < (.9 if share else .4); short = not quiet and X.random() < .35
        for p in range(3):
            w = W[p] = dict(down=None, up=None, b=None, re=None, dead=None, closed=R.choice(('', '', '', 'hard', 'return')), fraud=R.random() < .12, pur=None,
                            wn=[], wacc='A', stub=None, sacc='A', susp=None, off=None, mix=False, back={}, nofix=R.random() < .2, refunded=R.random() < .4, mute=(0, 0), s=None)
            x = R.random(); w['pur'] = R.randint(1, DEADLINE) if x < .85 else DEADLINE + R.randint(1, 60) if x < .92 else None
            if x < .2: w['pur'] = DEADLINE                                  # in the last moment
            if w['pur']: ev.append((('pur', p, w['pur'], 0), 'pur'))
            if not w['pur'] or w['pur'] > DEADLINE: continue
            for n in (1, 2):                                                # what comes back from the bank, payment after payment
                if R.random() < (.7 if press == 'back' else .1) and theme != 'doubt': w['back'][n] = [R.choice(('KYC', 'DOWN', 'DOWN', 'FRAUD')) for _ in range(R.choice((1, 1, 2, 3)))]
            due = 0
            for k in ('com', 'rat'): t = R.randint(1, 250); due = max(due, t + DUE); ev.append(((k, p, t, 5), k))
            if R.random() < .4: ev.append((('rat', p, R.randint(1, 400), 3), 'rat'))
            a = R.randint(1, 150); ev.append((('acc', p, a, 'A'), 'acc')); due = max(due, a + DUE) + R.choice((0, GAP2))
            if R.random() < .6:
                w['down'] = R.choice((R.randint(a + 1, 420), max(a + 1, due + R.randint(-30, 30)))); ev.append((('chk', p, w['down'], ('A', False)), 'chk'))
                if R.random() < .4: ev.pop()                                # the partner does not tell: only its answers say so
                if R.random() < .8: w['up'] = w['down'] + R.randint(1, 120); ev.append((('chk', p, w['up'], ('A', True)), 'chk'))
                if R.random() < .3: w['mix'] = True; w['wn'] = [(x, x + R.randint(8, SPAN - 1)) for x in (w['down'] - R.randint(20, 60),) + ((w['up'] + R.randint(0, 30),) if w['up'] else ())]
            elif R.random() < .6 and w['closed'] != 'hard':                 # wrong negative answers about a good wallet, too short a time to hold
                w['wn'] = [(x, x + R.randint(8, SPAN - 1)) for x in sorted(due + R.randint(-30, 20) + k for k in R.choice(((0,), (0,), (0, GAP2))))]; w['wacc'] = R.choice(('A', 'AB'))
            elif R.random() < .4: w['stub'] = due + R.randint(-30, 20); w['sacc'] = R.choice(('A', 'AB'))        # ... and for ever
            if R.random() < (.7 if theme == 'ledger' else .4): w['b'] = R.choice((R.randint(a + 1, 520), R.randint(a + 200, a + 330), *[max(a + 1, due + R.randint(-20, 60))] * (6 if theme == 'ledger' else 1))); ev.append((('acc', p, w['b'], 'B'), 'acc'))
            if share and X.random() < .9: w['s'] = max(a + 1, X.choice((X.randint(a, 400), due + X.randint(-60, 30), 300 + X.randint(0, 60)))); ev.append((('acc', p, w['s'], 'S'), 'acc'))        # an account that others use, too
            if theme == 'doubt' and R.random() < .6:                        # a wrong answer, payments that fail, then a true one that the partner tells nobody
                w.update(wn=[(due - 5, due + R.randint(8, 20))], off=(due, due + R.randint(20, 90)), down=due + R.randint(15, 60), up=None, mix=True, stub=None, closed='', b=None, fraud=False)
                ev = [x for x in ev if x[0][1] != p or x[0][0] != 'chk' and x[0][3] != 'B']
                if R.random() < .3: w['up'] = w['down'] + R.randint(60, 300); ev.append((('chk', p, w['up'], ('A', True)), 'chk'))
            if theme == 'ledger' and not w['fraud']: w['susp'] = (due - 10, due + R.randint(20, 120)) if R.random() < .6 else None
            if w['b'] and R.random() < .3: w['re'] = w['b'] + R.choice((R.randint(1, 10), R.randint(1, 80))); ev.append((('acc', p, w['re'], 'A'), 'acc'))
            if R.random() < .3: w['dead'] = R.choice((R.randint(50, 480), due + R.randint(-5, 60))); ev.append((('dead', p, w['dead'], 0), 'chk'))
            if not w['off'] and R.random() < .25: w['off'] = (due + R.randint(-20, 20), due + R.randint(21, 80))                  # every transfer fails, to be tried again
            if theme != 'ledger' and R.random() < .15: w['susp'] = (due + R.randint(-20, 10), due + R.randint(11, 90))                 # a case by inquiry, which a transfer would not be
            if press == 'unknown' and R.random() < .8: w['mute'] = R.choice((0, 0, due + R.randint(50, 900))), R.choice((R.randint(50, 300), DAY + R.randint(0, KEPT - 10), DAY + KEPT + R.randint(0, 200), 10**9))    # nobody says what became of a transfer: until then, so long after it was done
        budget = [(0, X.randint(0, 9))] + sorted((X.randint(50, 1300), X.randint(6, 16)) for _ in range(X.choice((0, 1, 2)))) if short else [(0, 10**6)]
        return dict(ev=ev, W=W, put=put, share=share, budget=[(t, max(b for u, b in budget if u <= t)) for t, _ in budget], aim=.5 if theme or press else .15, theme=theme, press=press, day=DAY if press == 'unknown' else 10**6)
    def has(s, x): return x in s.f
    def P(s, p): return s.faults and s.r.random() < p
    def nv(s, old): return old + 1 if s.has('counterver') else max(old + 1, s.t * 10)     # never goes back, not even when Redis does
    # ---- edges
    def rc(s, conn, fn, write=True):
        if conn != s.R.gen or not s.R.d['init']: raise Conn()
        if write: s.R.snap()
        v = fn(s.R.d)
        if s.P(.01): s.stat['lost answer'] += 1; raise Conn()
        return v
    def rd(s, conn, fn): return s.rc(conn, fn, write=False)
    def load(s, conn, p): return s.rd(conn, lambda d: cp(d['P'].get(p) or blank()))
    def produce(s, topic, rec):                                             # rec = (id, content, version)
        if s.P(.03): s.stat['lost produce'] += 1; return False
        s.deliver(topic, rec)
        if s.P(.03): s.stat['dup produce'] += 1; return False
        return True
    def late_produce(s, w, p, topic, rec):
        """Killed with a record handed to the producer: it arrives when a successor has long been at work."""
        if s.P(p): s.wire.append((s.t + s.r.randint(1, 200), topic, rec)); s.ambush = w; s.stat['late produce'] += 1; return True
        return False
    def deliver(s, topic, rec):
        if topic != 'ledger' and s.ids.setdefault(rec[0], rec[1]) != rec[1]: s.viol.add('I4_SAME_ID_OTHER_CONTENT')
        if rec[2] and (rec[0 if topic in ('chk', 'used') else 1][1], rec[2][0]) not in s.wrote: s.viol.add('EMITTED_WITHOUT_ITS_CHANGE')
        s.made.add((topic,) + rec); s.last = s.t
        if topic == 'used': rec = (0, ('used', 'S', max(1, s.t - s.r.choice((0, 40, 200))), rec[1][3]))        # the log's time is that of what caused it
        if topic == 'chk': s.shr.setdefault((rec[1][1], rec[1][2]), 99 if rec[0][3] == 'full' or s.has('sharefull') and rec[1][1] not in s.users() else rec[0][3])
        s.T[topic].append(rec[1] if topic in ('chk', 'used') else rec)
    def users(s): return [u for u, _ in (s.R.d['P'].get('S') or blank())['users']]
    def flags(s, d): return sum(AMOUNT[n] * i['funded'] for r in d['P'].values() for n, i in r['inst'].items())
    def budget(s): return [b for t, b in s.truth['budget'] if t <= s.t][-1]
    # ---- ownership: epoch, chain, outbox. me = one ownership; its sequence and its outbox live in memory
    def epk(s, w): return 'all' if s.has('sharedepoch') else w
    def own(s, w, me):
        """Answers False when this actor has learned that it was revoked. A zombie may own again before it learns: then the right owner is fenced."""
        if s.right[w] is not me['id'] and not s.P(.4): return False
        def fn(d):
            k = s.epk(w); me['ep'] = max(d['ep'].get(k, 0) + 1, s.t); d['ep'][k] = me['ep']; d['ch'][w] = (me['ep'], 0); me['ob'] = list(d['ob'][w])
        me.update(conn=s.R.gen, w=w, seq=0, dlv=0, pushed=0, done=0, turn=0, last={}, n=s.r.randint(1, 10**9)); s.rc(me['conn'], fn); me['pushed'] = len(me['ob']); return True
    def turn(s, me): me['turn'] += 1; return me['turn']                     # answers come in the order of the calls: what was loaded later is written later
    def mine(s, d, me):
        if me['ep'] < d['ep'].get(s.epk(me['w']), 0) and not s.has('nofence'): raise Fenced()
        if d['ch'].get(me['w']) != (me['ep'], me['seq']) and not s.has('notoken' if me['w'] == 'disb' else 'nochain'): raise Gap()
    def put(s, d, me, em, recs):                                            # a chained write: the records, what they tell, what is trimmed
        w = me['w']; me['seq'] += 1; d['ch'][w] = (me['ep'], me['seq']); del d['ob'][w][:me['dlv']]; me['dlv'] = 0
        for p, new in recs: d['P'][p] = new; s.wrote.add((p, new['v']))
        s.push(d, me, em)
        for e in em:
            if e[0] == 'tfail' and e[2][0] == 'check': s.oracle_check(e[2])
    def push(s, d, me, em):
        d['ob'][me['w']] += em; me['ob'] += em; me['pushed'] += len(em)
        del s.said[d['said']:]; s.said += em; d['said'] = len(s.said)       # what Redis says was announced: goes back with it
        for e in em:
            if e[2][0] in ('check', 'rel'): d['ann'][e[2][1:3]] = s.t
            if e[2][0] == 'late':
                s.lates[e[1]] += 1; s.stat['told unknown'] += 1
                if s.lates[e[1]] > 1 + s.R.lost: s.viol.add('TOLD_TWICE')
    def drain(s, me):                                                       # from memory: a zombie produces what its Redis no longer holds
        def trim(d): s.mine(d, me); s.put(d, me, [], [])
        while me['ob']:
            if s.has('ackfirst'): me['dlv'] += 1; s.rc(me['conn'], trim); yield
            e = me['ob'][0]; aim = e[0] == 'ledger' and (e[2][1] == 'CANCELLED' or e[2][6] == 'FRAUD' or e[2][1] == 'SUCC' and s.truth['press'] == 'back') or e[1] and e[1][0] == 'can' or e[0] == 'rel' and me['w'] == 'elig'
            if s.late_produce(me['w'], s.truth['aim'] if aim else .01, e[0], e[1:]): yield       # faults aimed at the narrowest windows
            elif s.P(.2): yield
            while not s.produce(e[0], e[1:]): yield
            if aim and s.P(s.truth['aim']): s.ambush = me['w']
            me['ob'].pop(0); me['dlv'] += not s.has('ackfirst'); me['done'] += 1; yield
        if me['dlv'] and s.r.random() < .6: s.rc(me['conn'], trim); yield
    # ---- fact workers
    def apply(s, d, me, topic, prev, last, items):
        w = me['w']; wm = d['wm'].get((w, topic), -1)
        s.mine(d, me)
        if last <= wm or prev != wm: raise Gap()
        left = [p for p, v, new, em in items if d['P'].get(p, {'v': 0})['v'] != v]; s.stat['conflict'] += len(left)
        em = [m for p, v, new, em in items for m in em if p not in left or s.has('loosebox')]
        s.put(d, me, em if not s.has('emitapart') else [], [(p, new) for p, v, new, _ in items if p not in left])
        if not left or s.has('wmfirst'): d['wm'][(w, topic)] = last
        return left
    def fworker(s, w, me):
        while True:
            try:
                yield
                if not s.own(w, me): return
                conn = me['conn']; yield
                if w == 'comp' and not (s.has('notimers') and s.t > 20):
                    def index(d):
                        if w not in d['tmok']: d['tmok'].add(w); d['tm']['comp'].update({p: DEADLINE + 1 for p in s.truth['W'] if not (d['P'].get(p) or blank())['dead']})
                    s.rc(conn, index); yield
                pos = s.rd(conn, lambda d: {t: (s.com if s.has('kafkaoffset') else d['wm']).get((w, t), -1) for t in FACT[w]}); go = True
                while go:
                    yield from s.drain(me)
                    for t in FACT[w] if not s.P(.6) else (): s.com[(w, t)] = max(s.com.get((w, t), -1), pos[t])      # commit only what is applied and emitted
                    yield
                    if w == 'comp': go = yield from s.deadline(me, pos)
                    ready = [t for t in FACT[w] if pos[t] + 1 < len(s.T[t])]
                    if not ready or not go:                                 # the 1 s probe
                        if any(s.rd(conn, lambda d: [d['wm'].get((w, t), -1) < pos[t] for t in FACT[w]])): break
                        continue
                    t = s.r.choice(ready); prev = pos[t]; last = min(len(s.T[t]) - 1, prev + s.r.randint(1, 4)); batch = s.T[t][prev + 1:last + 1]; todo = sorted({e[1] for e in batch})
                    while todo:                                             # conflict rounds; a crash between them loses nothing
                        recs = {p: s.load(conn, p) for p in todo}; yield; items = []
                        for p in todo:
                            new = cp(recs[p])
                            for e in batch:
                                if e[1] == p: fact(s.f, new, e)
                            items.append((p, recs[p]['v'], new, settle(s.f, p, recs[p], new, s.nv(recs[p]['v'])) + (full(s.f, p, new, batch) if w == 'share' else [])))
                        yield; left = s.rc(conn, lambda d: s.apply(d, me, t, prev, last, items)); yield
                        if s.has('emitapart'):
                            em = [m for i in items if i[0] not in left for m in i[3]]; s.rc(conn, lambda d: s.push(d, me, em)); yield
                        todo = left
                    pos[t] = last
            except (Conn, Gap): yield
            except Fenced: return
    def deadline(s, me, pos):                                               # R1: revoke who has not bought; returns False when Redis moved back
        conn = me['conn']
        for p, at in sorted(s.rd(conn, lambda d: dict(d['tm']['comp'])).items()):
            if s.t < at: continue
            end = len(s.T['pur']) - 1
            if pos['pur'] < end and not s.has('noendcheck'): return True    # consume on; looked at again next time
            yield; r = s.load(conn, p); yield; new = cp(r)
            if not (r['pur'] and r['pur'] <= DEADLINE): new['dead'] = r['dead'] or 'R1'
            em = settle(s.f, p, r, new, s.nv(r['v']))
            def fire(d):                                                    # the watermark is compared in the same call: a rollback in between is seen
                s.mine(d, me)
                if d['wm'].get(('comp', 'pur'), -1) < end and not s.has('noendcheck'): raise Gap()
                if d['P'].get(p, {'v': 0})['v'] != r['v']: return
                s.put(d, me, em, [(p, new)]); d['tm']['comp'].pop(p, None)
            s.rc(conn, fire); yield
        return True
    # ---- money: every write is chained and compares the record's version
    def upd(s, me, p, fn, extra=None, only=None, quiet=False, first=None):
        """load, decide, compare-and-set, again on conflict. fn(new) changes the copy and returns (answer, ledger entries, timers: None takes one away)."""
        while True:                                                         # (quiet: emit nothing; first: as read by the caller)
            (r, at) = first or (only or s.load(me['conn'], p), s.turn(me)); first = None; yield; new = cp(r); ans, led, tm = fn(new)
            em = [('ledger', None, (p,) + l, None) for l in led] + settle(s.f, p, r, new, s.nv(r['v'])) * (not quiet)
            def g(d):
                s.mine(d, me)
                if d['P'].get(p, {'v': 0})['v'] != r['v'] and not only and not (s.has('blindtimer') and new == r and me['last'].get(p, 0) <= at): return 'CONFLICT'
                x = extra(d, ans) if extra else None
                if x: return x
                s.put(d, me, em, [(p, new)] if new != r else []); me['last'][p] = max(at, me['last'].get(p, 0))
                for k, v in (tm or {}).items():
                    if v is None: d['tm']['disb'].pop(k, None)
                    else: d['tm']['disb'][k] = v
                return 'OK'
            x = s.rc(me['conn'], g); yield
            if x == 'OK': return ans, new
            if x == 'CONFLICT': s.stat['conflict'] += 1; continue
            return x, None
    def stale(s, d, me):                                                    # every fact topic must be applied up to the end seen at restore
        end = {} if s.has('nowait') else me['com'] if s.has('waitcommitted') else me['end']; return any(d['wm'].get(k, -1) < v for k, v in end.items())
    def dworker(s, w, me):
        while True:
            try:
                yield
                if not s.own(w, me): return
                conn = me['conn']; yield; yield from s.drain(me)            # what the last owner left, before the ledger is read
                me['end'] = {(w, t): len(s.T[t]) - 1 for w, ts in FACT.items() for t in ts if w != 'share'}
                leo = len(s.T['ledger']); lw = s.rd(conn, lambda d: d['lwm'])     # restore: the ledger is the book of record
                for k in range(lw + 1, leo):
                    e = s.T['ledger'][k][1]
                    def fn(new):
                        was = e[2] in new['inst'] and new['inst'][e[2]]['funded']; book(s.f, new, e[1:], s.t); return 1 + (new['inst'][e[2]]['funded'] and not was), [], {(e[0], e[2]): s.t}
                    def ex(d, a):
                        if d['lwm'] != k - 1: raise Gap()
                        d['lwm'] = k; s.legit.add((e[0], e[4], e[5])); d['fund' if s.has('restorecounts') and d['fund'] is not None else 'drift'] += AMOUNT[e[2]] * (a - 1)
                        if a > 1 and s.given.get((e[0], e[2]), (0, 0)) > (s.R.lost, k): s.viol.add('BUDGET_FLAG_OF_THE_PAST')      # given back since, and nothing was lost
                    yield from s.upd(me, e[0], fn, ex, quiet=s.has('silentrestore'))
                tasks = dict(walk=s.walk(me)) if s.rd(conn, lambda d: w not in d['tmok'] or d['fund'] is None) else {}
                if tasks and not s.has('walkopen'): yield from tasks.pop('walk')
                yield from s.drain(me)
                pos = s.rd(conn, lambda d: {t: d['wm'].get(('disb', t), -1) for t in DISB})
                while True:                                                 # topics, payments and the outbox go on side by side
                    if not tasks or s.ambush == w or s.r.random() < .4: yield
                    for t in DISB:
                        if t not in tasks and pos[t] + 1 < len(s.T[t]): tasks[t] = s.consume(me, t, pos[t] + 1)
                    for k in s.rd(conn, lambda d: [k for k, v in d['tm']['disb'].items() if v <= s.t]):
                        if k not in tasks: tasks[k] = s.op(me, *k)
                    if me['ob'] or me['dlv']: tasks.setdefault('out', s.drain(me))
                    if not tasks: s.rd(conn, lambda d: s.mine(d, me)); continue
                    k = s.r.choice(sorted(tasks, key=str))
                    try: next(tasks[k])
                    except StopIteration:
                        del tasks[k]
                        if k in DISB: pos[k] += 1
            except (Conn, Gap): yield
            except Fenced: return
    def walk(s, me):
        """A lost index is rebuilt from the records, and the counter with it. The sum is in memory: nothing else may change flags meanwhile."""
        spent = 0; s.walking = True
        for p in s.rd(me['conn'], lambda d: sorted(d['P'], key=str)):
            r = s.load(me['conn'], p); spent += sum(AMOUNT[n] * i['funded'] for n, i in r['inst'].items()); yield
            def page(d): s.has('walkblind') or s.mine(d, me); [d['tm']['disb'].setdefault((p, n), 0) for n in r['inst']]
            if not (s.has('notimers') and s.t > 20): s.rc(me['conn'], page); yield
        def end(d):
            if not s.has('walkblind'): s.mine(d, me)
            d['tmok'].add('disb')
            if d['fund'] is None or not s.has('walkkeep'): d['fund'] = spent; d['drift'] = 0
            if not s.has('walkblind'): s.put(d, me, [], [])
            if d['fund'] != s.flags(d): s.viol.add('BUDGET_WALK_MISCOUNTS')
            s.walking = False
        s.rc(me['conn'], end); s.stat['walk'] += 1; yield
    def consume(s, me, t, off):
        c = s.T[t][off][1] if t not in ('ret', 'put') else s.T[t][off]; p, n = c[1], c[2]; alarm = []; took = []
        def fn(new):
            if t == 'put':
                was = new['inst'][n]['st'] if n in new['inst'] else ''; put_back(s.f, new, *c[2:]); took[:] = [1] * (was in ('CASE', 'FAILED') and new['inst'][n]['st'] == 'READY')
                s.stat['put back ' + was] += len(took); return 'OK', [], {(p, n): s.t}
            i = new['inst'].get(n); led = []; alarm[:] = [1] * (i is None and t == 'ret')
            if i is None: return 'OK', [], {(p, n): s.t}
            if c[0] == 'late':                                              # our own words about a case: no verdict
                if s.has('latecase') and (i['st'], i['att']) == ('SENDING', c[3]): i['st'] = 'CASE'
            elif t == 'ver' and i['st'] == 'FAILED' and i['att'] == c[3] and (c[6] == fid(s.f, p, n, i) or s.has('attverdict')):
                if c[4] == 'case': i['st'] = 'CASE'
                else: i.update(st='READY', att=c[3] + (not (returned(i) and s.has('retsameref'))), nb=c[5], bare=False, cov=None, open=())
                if c[4] == 'held' and s.has('holdstate'): i['st'] = 'HELD'
                elif c[4] == 'held': i['mark'] = i['mark'] or ('GONE', '', 0)      # already cleared: settle() releases it here
            if t == 'rel' and i['st'] == 'HELD': i['st'] = 'READY'
            if c[0] == 'rel' and i['mark'] == c[3] == hold(new) and not s.has('relstale'): i['mark'] = None; endoubt(i)       # told by a Redis that went back, decided otherwise since: announced again
            if t == 'ret' and (c[3] > i['back'] or s.f & {'rettwice', 'retnoatt'}):     # else a copy
                sending = i['st'] == 'SENDING'; s.stat['returned while sending'] += sending
                if i['att'] != c[3] and not s.has('retnoatt') or i['st'] not in ('SENDING', 'PAID') + ('FAILED', 'CASE') * s.has('rettwice') or s.has('retearly') and sending: alarm[:] = [1] * (not s.f & {'retnoatt', 'rettwice'})
                else:                                                       # the bank knows that it was paid, so we do
                    e = ('RETURNED', n, i['att'], i['acc'], s.t if s.has('retlearned') else c[4], c[5]); s.legit.add((p, e[3], e[4]))
                    led = [('SUCC', n, i['att'], i['acc'], i['t0'], None)] * (sending and not s.has('retalone')) + [e]; book(s.f, new, e)
            return 'OK', led, {(p, n): s.t}
        def ex(d, a):
            if d['wm'].get(('disb', t), -1) != off - 1: raise Gap()
            d['wm'][('disb', t)] = off
            if took: s.took.add((p, n, c[3]))
            if t == 'put':
                if s.P(.5): s.wipe = s.t + s.r.choice((1, 5, 20, 60))       # before the next attempt has an INTENT, or right after
            if alarm: s.viol.add('FALSE_ALARM')                             # a return of what was never sent, or had failed
            if s.has('norecheck') and t == 'rel': d['P'].setdefault(p, blank()).setdefault('go', {})[n] = 1
        yield from s.upd(me, p, fn, ex)
    def ok(s, new, i): return not new['dead'] and not hold(new) and i['due'] is not None and s.t >= max(i['due'], i['nb'])
    def look(s, r, n):                                                      # what is to be done with this instalment now?
        i = r['inst'].get(n); wait = None
        if i is None or i['st'] in ('PAID', 'HELD'): return 'IDLE', wait
        if i['st'] == 'SENDING': return 'IDLE' if s.has('latestop') and i['late'] == i['att'] else 'RESOLVE', wait
        if i['st'] == 'CLAIMED': return 'TAKEOVER', wait                    # of a dead owner
        if r['dead']: return 'IDLE' if i['told'] and (not i['funded'] or s.has('nogiveback')) else 'CLAIM', wait
        if i['st'] != 'READY' or i['due'] is None: return 'IDLE', wait
        if hold(r) and not (s.has('norecheck') and r.get('go', {}).get(n)): return 'IDLE' if i['mark'] else 'CLAIM', wait
        if not i['funded'] and not s.has('unfunded'): return 'FUND', wait
        wait = max(i['due'], i['nb']); return ('WAIT' if s.t < wait else 'INQUIRE'), wait
    def fund(s, me, p, n, first):
        """The amount is reserved before the claim: flag and counter in one write. No counter: the walk is still to come."""
        K = (p, n); ask = lambda d: d['fund'] if d['fund'] is not None else 0 if s.has('fundabsent') else 10**9
        def fn(new):
            if s.look(new, n)[0] != 'FUND': return 'OTHER', [], {K: s.t}
            new['inst'][n].update(funded=True, short=False); return 'FUNDED', [], {K: s.t}
        def add(d): d['fund'] = ask(d) + AMOUNT[n]
        def ex(d, a):
            if a != 'FUNDED': return
            if ask(d) + AMOUNT[n] > s.budget(): return 'SHORT'
            s.drift = max(s.drift, d['drift'])                              # so much more than the budget may be claimed: what restores have booked since the last walk
            if not s.has('fundapart'): add(d)
        x, _ = yield from s.upd(me, p, fn, ex, first=first)
        if x == 'FUNDED' and s.has('fundapart'): s.rc(me['conn'], add); yield
        if x != 'SHORT': return
        s.stat['short'] += 1
        def waits(new):                                                     # it is shown, and looked at again
            i = new['inst'].get(n); mine = s.look(new, n)[0] == 'FUND'
            if mine and not s.has('shortquiet'): i['short'] = True
            return 'OK', [], {K: None if mine and s.has('shortstop') else s.t + 60}
        yield from s.upd(me, p, waits)
    def op(s, me, p, n):                                                    # over when all that it tells is delivered
        yield from s.pay(me, p, n); mark = me['pushed']
        while me['done'] < mark: yield
    def inquire(s, me, p, n, acc, away=.08):
        """Ask the partner about the account; the answer comes later, and is a true or wrong one of some moment in between."""
        asked = s.t; x = s.r.random()
        if x < .4: yield
        w = s.truth['W'][p]; A = acc == 'A'; t = s.t; z = s.r.random(); q = 'GOOD', ''
        if s.P(away): q = 'AWAY', ''
        elif w['fraud'] and z < .6 or w['susp'] and w['susp'][0] <= t < w['susp'][1] and z < (.1 if any(x[1:3] == (p, n) and x[4] == 'CASE' for x in s.asked) else .6): q = 'CASE', 'FRAUD'
        elif A and w['closed'] == 'hard' and z < .6: q = 'NEG', 'CLOSED'
        elif A and w['down'] and w['down'] <= t and not (w['up'] and w['up'] <= t) and z < .85: q = 'NEG', 'KYC'
        elif acc in w['wacc'] and any(a <= asked < b for a, b in w['wn']) and z < .8: q = 'NEG', 'KYC'
        elif acc in w['sacc'] and w['stub'] and w['stub'] <= t: q = 'NEG', 'KYC'
        s.asked.append((asked, p, n, acc, q[0], me['n'])); s.stat['inquiry ' + q[0]] += 1
        for _ in range(s.r.choice((0, 0, 1, 3))): yield
        return q, asked
    def answer(s, me, p, n, acc, q, asked, first):
        """What is not a good answer, into the record; ignored when a fact was faster, or another account has taken its place."""
        K = (p, n); counted = []
        def fn(new):
            i = new['inst'].get(n); fine = i and i['st'] == 'READY' and not new['dead'] and not hold(new); del counted[:]
            if not fine and not (i and s.has('latedoubt')): return 'OK', [], {K: (None if hold(new) else s.t) if s.has('losttimer') else s.t}
            if cur(new) != acc and not s.has('wrongdoubt'): return 'OK', [], {K: s.t}
            if q[0] == 'AWAY': i['nb'] = s.t + AWAY
            if q[0] == 'CASE':
                e = ('BARE', n, i['att'], cur(new), asked, q[1]); book(s.f, new, e); return 'OK', [e], {K: None}
            if q[0] == 'NEG': counted.append(doubt(s.f, new, i, acc, q[1], asked, s.t))
            return 'OK', [], {K: None if hold(new) else i['nb']}
        def ex(d, a):
            if counted: s.oracle_doubt(d, me, p, n, acc, asked, counted[0])
        yield from s.upd(me, p, fn, ex, first=first)
    def pay(s, me, p, n):
        K = (p, n); me['com'] = dict(s.com); r = s.load(me['conn'], p); at = s.turn(me); yield; a, _ = s.look(r, n); i = r['inst'].get(n); inq = None
        if a in ('IDLE', 'WAIT'):
            def still(new): b, t = s.look(new, n); return 'OK', [], {K: {'IDLE': None, 'WAIT': t}.get(b, s.t)}
            yield from s.upd(me, p, still, first=(r, at)); return
        if a == 'FUND': yield from s.fund(me, p, n, (r, at)); return
        s.stat['takeover'] += a == 'TAKEOVER'
        if a == 'INQUIRE' or a == 'TAKEOVER' and not s.has('takeoverblind'):
            acc = i['acc'] if a == 'TAKEOVER' and i['acc'] else cur(r); q, asked = yield from s.inquire(me, p, n, acc, .3 if a == 'TAKEOVER' else .08)
            if q[0] == 'GOOD': inq = (acc, asked)
            elif a == 'INQUIRE': yield from s.answer(me, p, n, acc, q, asked, (r, at)); return
        def claim(new):
            i = new['inst'].get(n)
            if i and i['st'] != 'CLAIMED' and status(new, n) == 'CANCELLED':
                x = 'BACK' if i['funded'] and not s.has('nogiveback') or s.has('backtwice') else 'IDLE'; i.update(told=True, funded=i['funded'] and x == 'IDLE'); return x, [], {K: None}
            if i is None or i['st'] in ('FAILED', 'PAID', 'CASE', 'HELD') or i['due'] is None and i['st'] == 'READY': return 'IDLE', [], {K: None}
            if i['st'] == 'CLAIMED': i['open'] = tuple(sorted({*i['open'], me['n']})); return 'CLAIMED', [], {}     # taken over from a dead owner
            if i['st'] != 'READY': return 'OTHER', [], {}
            if hold(new) and not (s.has('norecheck') and new.get('go', {}).get(n)):
                if not i['mark']:
                    i['mark'] = hold(new)                                   # transfer-failed, stage CHECK
                    if not s.has('marknoreset'): endoubt(i)
                return 'IDLE', [], {K: None}
            if not i['funded'] and not s.has('unfunded'): return 'OTHER', [], {K: s.t}
            if s.t < max(i['due'], i['nb']): return 'IDLE', [], {K: max(i['due'], i['nb'])}
            if not inq or inq[0] != cur(new) and not s.has('staleinquiry'): return 'OTHER', [], {K: s.t}             # another account meanwhile: asked about it first
            if not s.has('noreset'): endoubt(i)
            i.update(st='CLAIMED', acc=cur(new), t0=s.t, open=(me['n'],), cov=None); return 'CLAIMED', [], {K: s.t + 4}
        def fresh(d, a):
            if s.stale(d, me): return 'STALE'
            if a == 'BACK': s.given[p, n] = (s.R.lost, len(s.T['ledger']))
            if a == 'BACK' and d['fund'] is not None: d['fund'] -= AMOUNT[n]    # in the write that takes the flag away
        if a != 'RESOLVE':
            x = 'STALE'; first = (r, at)
            while x == 'STALE':                                             # the facts lag: the partner isn't asked again for that
                x, new = yield from s.upd(me, p, claim, fresh, first=first); first = None
                if x == 'STALE': yield
            if x != 'CLAIMED': return
            r = new; s.ambush = 'disb' if a == 'INQUIRE' and s.P(s.truth['aim'] / 6) else s.ambush
            if s.ambush == 'disb': yield
        i = r['inst'][n]; att = i['att']; ref = (p, n, att); st = i['st']
        if st == 'SENDING':                                                 # ask, after the quiet time, twice; a success counts at any time
            def unknown(new):                                               # told once: a person; the instalment stays SENDING and is asked about on
                j = new['inst'].get(n)
                if j and (j['att'], j['st']) == (att, 'SENDING') and s.old(j): j['late'] = s.t if s.has('lateagain') else att
                return 'OK', [], {K: min(i['dl'] + QUIET, s.t + 60) if s.t < i['dl'] + QUIET else s.t + 60}
            s.looked[ref] = s.t; q = s.ask(ref) if s.t > i['dl'] else ('EARLY',); yield
            if q[0] == 'SUCC': yield from s.finish(me, p, n, att, q); return
            if s.t < i['dl'] + QUIET and not s.has('newref'): yield from s.upd(me, p, unknown, first=(r, at)); return
            for _ in range(2):
                q = s.ask(ref); yield
                if q[0] != 'NOT_FOUND': break
            if q[0] in ('SUCC', 'FAIL'): yield from s.finish(me, p, n, att, q); return
            if q[0] != 'NOT_FOUND' or s.old(i) and not s.has('lateresend'): yield from s.upd(me, p, unknown, first=(r, at)); return    # "not found" says nothing of what is that old
            if i['acc'] and not s.has('noresend'):                          # before the same reference is sent again, its account is asked about again
                q, asked = yield from s.inquire(me, p, n, i['acc']); inq = (i['acc'], asked) if q[0] == 'GOOD' else None
            if not i['acc'] and s.has('twobodies') or q[0] == 'AWAY': yield from s.upd(me, p, lambda new: ('OK', [], {K: s.t + 60}), first=(r, at)); return
            def mine(new):
                j = new['inst'].get(n)
                if j is None or (j['att'], j['st'], j['dl']) != (att, 'SENDING', i['dl']): return 'OTHER', [], {}
                j['open'] = tuple(sorted({*j['open'], me['n']})); return 'OK', [], {}
            if inq or s.has('resendnocheck'):                               # else there is nothing to send: given up
                x, r = yield from s.upd(me, p, mine)
                if x != 'OK': return
        if not s.has('noledger') and (st == 'CLAIMED' or inq or s.has('resendnocheck')):       # every send has an acknowledged INTENT of its own session
            intent = (None, (p, 'INTENT', n, att, i['acc'], i['t0'], me['n']), None)
            if s.late_produce('disb', s.truth['aim'] / 3, 'ledger', intent): yield
            while not s.produce('ledger', intent): yield
            if s.P(s.truth['aim'] / 3): s.ambush = 'disb'
        yield
        def confirm(new):                                                   # also before the same reference is sent again
            j = new['inst'].get(n)
            if j is None or (j['att'], j['st']) != (att, st) or j['dl'] != i['dl'] and st == 'SENDING': return 'OTHER', [], {}
            if st == 'SENDING' and s.old(j) and not s.has('lateresend'): return 'OTHER', [], {K: s.t}
            good = s.ok(new, j) and cur(new) == j['acc'] or s.has('resendnocheck') and st == 'SENDING'
            good = good and (inq and (inq[0] == j['acc'] or s.has('staleinquiry')) and s.t <= inq[1] + FRESH or s.has('nofresh') or s.f & {'takeoverblind', 'takeoverdeaf'} and a == 'TAKEOVER')
            if s.has('norecheck') and new.get('go', {}).get(n) and not new['dead']: good = True
            if s.has('newref') and st == 'SENDING': good = False
            if good: j.update(st='SENDING', dl=s.t + LEASE); return 'SEND', [], {K: s.t + (2 if s.has('newref') else LEASE)}
            op = j['open']; j.update(st='READY', att=att + 1, mark=None, cov=op, open=())      # given up: never sent, or not found after the quiet time
            return 'GIVEUP', [('CANCELLED', n, att, j['acc'], j['t0'], op)], {K: s.t}
        me['com'] = dict(s.com)
        def check(d, ans):
            if s.stale(d, me): return 'STALE'
            if ans == 'SEND': s.oracle_send(d, me, p, n, i['acc'])
        x = 'STALE'
        while x == 'STALE':
            x, r2 = yield from s.upd(me, p, confirm, check, only=r if s.has('noconfirmver') and st == 'CLAIMED' else None)
            if x == 'STALE': yield
        s.stat['given up'] += x == 'GIVEUP'
        if x != 'SEND' or s.t > r2['inst'][n]['dl']: return                 # paused too long: resolve
        z = s.r.random() if s.faults else 1; s.stat['send'] += 1; s.last = s.t; s.stat['sent again'] += st == 'SENDING'
        if z < .65: s.stat['partner time-out'] += 1
        if z < .12: yield; return                                           # lost on the way
        if z < .27: s.execute(ref, i['acc']); yield; return                 # booked, answer lost
        if z < .65:                                                         # booked later
            s.late.append((s.t + s.r.randint(1, 150), ref, i['acc'])); s.ambush = 'disb' if s.P(.3) else s.ambush; yield; return
        q = s.execute(ref, i['acc']); yield; yield from s.finish(me, p, n, att, q)
    def finish(s, me, p, n, att, q):
        alarm = []
        def fn(new):
            i = new['inst'].get(n); alarm.clear()
            if i is None or (i['att'], i['st']) != (att, 'SENDING'):        # somebody knew it before us; a success that contradicts the record wakes a person
                if q[0] == 'SUCC' and i and (i['att'], i['st']) != (att, 'PAID') and (i['back'] != att or s.has('retalarm')): alarm.append(1)
                return 'OK', [], {(p, n): s.t}
            e = ('SUCC', n, att, i['acc'], i['t0'], None) if q[0] == 'SUCC' else ('FAILED', n, att, i['acc'], s.t if s.has('answertime') else i['t0'], q[1])
            book(s.f, new, e); s.legit.add((p, e[3], e[4])); return 'OK', [e], {(p, n): None}
        def ex(d, a):
            if alarm: s.viol.add('FALSE_ALARM')                             # this partner never contradicts itself
        yield from s.upd(me, p, fn, ex)
    def old(s, i): return s.t >= i['t0'] + s.truth['day']
    def ask(s, ref):                                                        # what became of this transfer? SUCC, FAIL; NONE, REFUNDED: no answer; NOT_FOUND
        w = s.truth['W'][ref[0]]
        if s.t < max(w['mute'][0], s.gwt.get(ref, -10**9) + w['mute'][1]): return ('NONE',)
        if ref not in s.gw or s.t > s.gwt[ref] + s.truth['day'] + KEPT: return ('NOT_FOUND',)
        if ref in s.back and w['refunded']: return ('FAIL', 'FRAUD') if s.has('refundfail') else ('REFUNDED',)
        return s.gw[ref]
    # ---- retry-worker: no state; position = committed offset; the same failure always gets the same verdict
    def rworker(s, w, me):
        pos = s.rpos
        while True:
            yield
            if pos + 1 >= len(s.T['tfail']): continue
            i, c, v = s.T['tfail'][pos + 1]; yield
            if c[0] == 'check': m = ('ver', ('v',) + i, ('ver', c[1], c[2], c[4], 'held', 0, i, c[5]), v + (1,))
            else: m = ('ver', ('v',) + i, ('ver', c[1], c[2], c[3], dict(DOWN='retry', FRAUD='case').get(c[4], 'held'), c[5] + 15, i), v + (1,))
            while not s.produce(m[0], m[1:]): yield
            yield; pos += 1; s.rpos = max(pos, s.rpos)
    # ---- the payment partner: dedupes its reference; truth about wallets is its own
    def execute(s, ref, acc):
        if s.body.setdefault(ref, acc) != acc: s.viol.add('I4_SAME_REFERENCE_OTHER_BODY')
        if ref in s.gw and s.t <= s.gwt[ref] + s.truth['day'] + KEPT: return s.gw[ref]
        s.gwt[ref] = s.t
        if any(k[:2] == ref[:2] and not s.acts[k] and v[1] == 'FRAUD' for k, v in s.back.items()): s.viol.add('SENT_AGAIN_AFTER_CASE')       # ... that nobody has put back
        w = s.truth['W'][ref[0]]; A = acc == 'A'
        if w['fraud']:
            q = ('FAIL', 'FRAUD')
            if any(k[:2] == ref[:2] and not s.acts[k] for k in s.gw): s.viol.add('SENT_AGAIN_AFTER_CASE')
        elif A and w['closed'] == 'hard': q = ('FAIL', 'CLOSED')
        elif A and w['down'] and w['down'] <= s.t and not (w['up'] and w['up'] <= s.t): q = ('FAIL', 'KYC')
        elif s.P(.2) or w['off'] and w['off'][0] <= s.t < w['off'][1]: q = ('FAIL', 'DOWN')
        else:
            q = ('SUCC',); k = ref[:2]; s.paid.append(ref); s.ever.add(ref); z = sum(x[:2] == k and v[1] != 'CLOSED' for x, v in s.back.items())
            if sum(x[:2] == k for x in s.paid) > 1: s.viol.add('I1_DOUBLE_PAY')
            why = 'CLOSED' if A and w['closed'] == 'return' else w['back'][ref[1]][z] if z < len(w['back'].get(ref[1], ())) else None
            if why: s.rets.append((s.t + s.r.choice((0, 1, 10, 40, 150)), ref, why, acc, None))
        s.gw[ref] = q = q + (acc,); return q                                # (the answer names the account)
    def give_back(s, now, ref, why, acc, at):                               # the bank returns the money, and says so: later, more than once, perhaps with another date
        s.last = s.t; p = ref[0]
        if at is not None: s.T['ret'].append(('ret',) + ref + (at, why, acc)); return
        s.paid.remove(ref); s.back[ref] = now, why; s.stat['returned ' + why] += 1; said = s.t + s.r.choice((0, 0, 1, 60, 300)); s.rets.append((said, ref, why, acc, now))
        if s.P(s.truth['aim']): s.outage['retry'] = said + s.r.randint(50, 400)
        for _ in range(s.r.choice((0, 0, 1, 2))): s.rets.append((said + s.r.choice((1, 30, 120, 300)), ref, why, acc, now + s.r.choice((0, 1, 20))))
        if why == 'KYC':
            def passes(t): s.pend.append((max(t, s.t), 'chk', ('chk', p, t, (acc, True)))); s.pend.sort(key=lambda x: x[0])
            if s.r.random() < .4: passes(now - 1)                           # a check in between fixes nothing
            if s.truth['W'][p]['nofix']: s.unfixed.add((p, acc))
            else: passes(now + s.r.choice((1, 5, 30, 120)))
    # ---- oracles at the moment of a write
    def oracle_send(s, d, me, p, n, acc):                                   # at the moment of a successful confirm
        x = cp(d['P'].get(p) or blank())
        for (w, t), o in s.com.items():                                     # what Redis holds, and what was committed before Redis lost it
            for e in s.T[t][:o + 1] if t in ('chk', 'acc') else ():
                if e[1] == p: fact(set(), x, e)
        for e in {e[1:4]: e for e in reversed(s.T['ret'][:d['wm'].get(('disb', 'ret'), -1) + 1])}.values():
            if e[1] == p and e[5] in ('KYC', 'CLOSED') and len({y[1][4] for y in s.T['ledger'] if y[1][:4] == (p, 'INTENT') + e[2:4]}) < 2: failed(x, e[6], e[5], e[4])
        for e in s.T['put'][:d['wm'].get(('disb', 'put'), -1) + 1]:
            if e[1] == p: put_back(set(), x, *e[2:])
        if not d['P'][p]['inst'][n]['funded']: s.viol.add('BUDGET_SENT_UNFUNDED')
        known = {k[:2] for k in s.paid} | {(q, m) for q, y in d['P'].items() for m, i in y['inst'].items() if i['st'] in ('CLAIMED', 'SENDING', 'PAID')} | {(p, n)}
        if sum(AMOUNT[m] for _, m in known) > s.budget() + s.drift: s.viol.add('BUDGET_EXCEEDED')
        if x['dead']: s.viol.add('I3_SENT_AFTER_CANCEL')
        if hold(x) or cur(x) != acc: s.viol.add('I3_CONDITION_FALSE_AT_CONFIRM')
        f = [min([e[2] for e, t in s.truth['ev'] if e[1] == p and e[0] == k] or [9999]) for k in ('com', 'rat', 'acc')]
        if s.t < max(f) + DUE + GAP2 * (n - 1): s.viol.add('I3_SENT_BEFORE_DUE')
        if not any(q[1:] == (p, n, acc, 'GOOD', me['n']) and s.t <= q[0] + FRESH for q in s.asked): s.viol.add('I3_SENT_WITHOUT_FRESH_INQUIRY')
    def oracle_doubt(s, d, me, p, n, acc, asked, held):                     # an answer is being counted; held: it holds the money
        r = d['P'].get(p) or blank(); i = r['inst'].get(n)
        if not i or i['st'] != 'READY' or r['dead'] or hold(r): s.viol.add('I_DOUBT_AFTER_A_FACT')
        if cur(r) != acc: s.viol.add('I_DOUBT_OF_ANOTHER_ACCOUNT')
        since = d['ann'].get((p, n), 0)                                     # only answers count since the last hold or release was told, and the last claim whose INTENT this owner knows
        for k, (_, e, _) in enumerate(s.T['ledger']):
            if e[:3] == (p, 'INTENT', n) and (k <= d['lwm'] or e[6] == me['n']): since = max(since, e[5])
        s.negs.append((asked, p, n, acc)); ts = [q[0] for q in s.negs if q[1:] == (p, n, acc) and since <= q[0]]
        if held:
            s.stat['held by doubt'] += 1; s.legit.add((p, acc, asked))
            if len(ts) < DOUBTS or max(ts) - min(ts) < SPAN: s.viol.add('I_DOUBT_HELD_TOO_EARLY')
    def oracle_check(s, c):                                                 # an announced hold stands on a fact: an event, a failed transfer, or a doubt that was long enough
        p, (why, acc, t) = c[1], c[3]; s.stat['told held by doubt' if c[5] == 'inquiry' else 'told held'] += 1
        if why in ('NOACC', 'GONE') or (p, acc, t) in s.legit: return
        if not any(e[:3] == ('shr' if why == 'SHARED' else 'chk', p, t) and e[3] == (acc, False) for e in s.T['chk']): s.viol.add('I_DOUBT_ANNOUNCED_AS_HELD')
    # ---- scheduler
    def run(s):
        W = ('comp', 'rate', 'elig') + ('share',) * s.truth['share'] + ('disb', 'retry'); zomb = []
        def start(w): s.right[w] = me = dict(id=0); me['id'] = me; return (s.fworker if w in FACT else s.dworker if w == 'disb' else s.rworker)(w, me)
        act = {w: start(w) for w in W}; MX = 1500 if s.faults else 0; s.ambush = ''; hard = s.r.choice((.1, .25, .5, 1))
        for step in range(18000):
            s.t += 1; s.faults = s.inject and step < MX
            while s.pend and s.pend[0][0] <= s.t: _, t, e = s.pend.pop(0); s.T[t].append(e); s.last = s.t
            for x in [x for x in s.late if x[0] <= s.t]: s.late.remove(x); s.execute(*x[1:])
            for x in [x for x in s.wire if x[0] <= s.t]: s.wire.remove(x); s.deliver(*x[1:]); s.R.gen += x[1] == 'ledger' and s.P(.5)     # ... and whoever owns now reads it
            for x in [x for x in s.rets if x[0] <= s.t]: s.rets.remove(x); s.give_back(*x)
            if s.truth['put'] and s.t < 1400 and s.r.random() < (.04 if s.truth['share'] else .02): s.person(s.r.choice((0, 1, 2)), s.r.choice((1, 2)))
            for x in [x for x in s.puts if x[0] <= s.t]: s.puts.remove(x); s.T['put'].append(x[1]); s.acts[x[1][1:4]] += x[1][4] == 'FRAUD'; s.last = s.t
            if s.faults:
                R = lambda: s.r.random() / hard
                if R() < .008: s.R.gen += 1; s.stat['redis restart'] += 1
                if R() < .006: s.R.rollback(s.r.randint(1, 15), s.P(.5), not (s.has('silent') and s.P(.7))); s.stat['rollback'] += 1
                if R() < .0015 or s.wipe and s.wipe <= s.t: s.wipe = 0; s.R.wipe(); s.stat['wipe'] += 1
                for w in W:
                    if R() < .005: s.outage[w] = s.t + s.r.randint(10, 120); s.stat['pause'] += 1       # lag: cross-topic reordering
                    if R() < .008 or w == s.ambush or w == 'disb' and s.walking and s.r.random() < .02:
                        if s.r.random() < (.9 if w == s.ambush else .5): zomb.append([act[w], s.t + s.r.randint(3, 200 if w == s.ambush else 120)]); s.stat['zombie'] += 1
                        if w == s.ambush:
                            s.ambush = ''; s.stat['ambush'] += 1; s.R.rollback(s.r.randint(1, 12), s.P(.5)); s.wipe = s.r.choice((0, s.t + s.r.randint(1, 250))) if s.truth['theme'] != 'doubt' and w == 'disb' else 0
                            if w == 'elig': s.outage[w] = s.t + s.r.randint(30, 250)
                        act[w] = start(w); s.stat['kill'] += 1
            if not s.R.d['init'] and s.r.random() < .05: s.R.d['init'] = True; s.R.gen += 1              # the rebuild job
            pool = [g for w, g in act.items() if s.outage.get(w, 0) <= s.t for _ in range(3 if w == 'disb' else 1)] + [z[0] for z in zomb if z[1] <= s.t]
            if not pool: continue
            g = s.r.choice(pool)
            try: next(g)
            except StopIteration:
                zomb = [z for z in zomb if z[0] is not g]
                for w in W:
                    if act[w] is g: act[w] = start(w)
            if step > MX + 400 * s.inject and step % 100 == 0 and not s.pend and s.done(): break
        s.check(); return s
    def person(s, p, n):
        """Puts back what the record says now; takes his time, says it twice, and may be wrong: what was right fails again, with a newer version."""
        r = s.R.d['P'].get(p) or blank(); i = r['inst'].get(n)
        if not i or r['dead'] or i['due'] is None or i['st'] not in ('CASE', 'READY') or s.acts[p] > 4: return
        m = failing(s.f, i) if i['st'] == 'CASE' else hold(r); k = s.shr.get((p, m and m[2]), 0)
        if not m or m[0] not in ('FRAUD', *SLOT): return
        if m[0] == 'SHARED': s.agreed[p] = max(k, s.agreed.get(p, 0)); m = m[:2] + (s.t if s.has('sharepass') else m[2],)
        s.acts[p] += 1; s.stat['put back ' + m[0]] += 1
        for _ in range(s.r.choice((1, 1, 2))): s.puts.append((s.t + s.r.choice((0, 1, 10, 60, 250)), ('put', p, n, i['att']) + m))
    def waits(s, p, n):                                                     # for a budget that has no room for it
        i = (s.R.d['P'].get(p) or blank())['inst'].get(n); return bool(i and i['st'] == 'READY' and i['short'] and not i['funded'] and s.R.d['fund'] is not None and s.R.d['fund'] + AMOUNT[n] > s.budget())
    def done(s):
        d = s.R.d
        return s.t > s.last + 300 and s.t > max(DEADLINE, s.truth['budget'][-1][0]) + 99 and not s.puts and d['init'] and not d['tm']['comp'] and not s.late and not s.wire and not s.rets and not any(d['ob'].values()) and s.rpos == len(s.T['tfail']) - 1 and \
            all(d['wm'].get((w, t), -1) == len(s.T[t]) - 1 for w, ts in list(FACT.items()) + [('disb', DISB)] for t in ts) and \
            not any(v <= s.t + 200 and not s.with_a_person(*k) and not s.waits(*k) for k, v in d['tm']['disb'].items())
    def with_a_person(s, p, n):                                             # told, asked about on, and the partner still gives no answer
        i = s.R.d['P'][p]['inst'][n] if n in s.R.d['P'].get(p, blank())['inst'] else None
        return bool(i and i['st'] == 'SENDING' and i['late'] == i['att'] and s.ask((p, n, i['att']))[0] not in ('SUCC', 'FAIL'))
    # ---- oracle at rest
    def check(s):
        d = s.R.d; V = s.viol; s.final = {}
        if any(d['ob'].values()): V.add('OUTBOX_NOT_DRAINED')
        elif any(e not in s.made for e in s.said[:d['said']]): V.add('ANNOUNCEMENT_LOST')       # Redis remembers it, Kafka never saw it
        if not s.done(): V.add('NOT_AT_REST')
        hist = {}                                                           # a consumer with its own store: the newest version per instalment wins
        for t in ('sched', 'rel', 'tfail', 'ver', 'hist'):
            for i, c, v in s.T[t]:
                k = (c[1], c[2]); m = dict(sched='READY', rel='READY', late='SENDING', check='FAILED', tfail='FAILED', tret='FAILED', tcase='FAILED', tsucc='PAID', can='CANCELLED', claw='CLAWBACK').get(c[0])
                if c[0] == 'ver': m = dict(retry='READY', held='HELD', case='CASE')[c[4]]
                if m and (k not in hist or v > hist[k][0]): hist[k] = (v, m)
        if d['fund'] is None or d['fund'] + d['drift'] != s.flags(d): V.add('BUDGET_COUNTER_IS_NOT_THE_FLAGS')
        if d['drift'] and not s.R.lost: V.add('BUDGET_DRIFT_WITHOUT_LOSS')
        s.stat['drift at rest'] += d['drift']; s.stat['drifted'] += s.drift > 0; S = {p for p, w in s.truth['W'].items() if w['s']}; U = s.users(); s.stat['shared'] += len(S) > 1
        for p in S:                                                         # who uses an account that too many use
            c = (d['P'].get(p) or blank())['ck'].get('S', [0] * 7); k = len(U) if p in U else 99
            if len(S) > 1 and not c[5] and not c[6]: V.add('SHARE_NOT_TOLD')
            if p in s.agreed and not s.puts: s.stat['agreed'] += 1; V |= {'SHARE_AGREEMENT_UNDONE'} if s.agreed[p] == k and c[5] > c[6] else {'SHARE_AGREED_TO_MORE'} if s.agreed[p] < k and c[5] <= c[6] else set()
        for p, w in s.truth['W'].items():
            s.oracle_put_back(d, p, V)
            r = d['P'].get(p) or blank(); late = not w['pur'] or w['pur'] > DEADLINE; b = w['b'] and not w['re']
            if r['dead'] == 'R1' and not late: V.add('FALSE_REVOCATION')
            if late and r['dead'] != 'R1': V.add('REVOCATION_LOST')
            if w['dead'] and not late and not r['dead']: V.add('CANCEL_LOST')
            if not late and not r['inst']: V.add('I2_SCHEDULE_LOST')
            for n in (1, 2):
                x = status(r, n); h = hold(r); money = sum(y[:2] == (p, n) for y in s.paid); unfixed = h and (p, h[1]) in s.unfixed; unknown = s.with_a_person(p, n)
                s.books(p, n, r['inst'][n]['att'] if unknown else 0); s.stat['left to a person'] += unknown
                if unknown and s.t > s.looked.get((p, n, r['inst'][n]['att']), 0) + 150: V.add('I2_NOBODY_ASKS')
                if x in ('READY', 'CLAIMED', 'SENDING', 'FAILED') and not unknown and not (x == 'READY' and s.waits(p, n)): V.add('I2_STUCK_' + x)
                s.stat['left short'] += s.waits(p, n)
                if x and r['inst'][n]['funded'] != (x != 'CANCELLED') and (x in ('PAID', 'CLAWBACK', 'SENDING') or x == 'CANCELLED' and r['inst'][n]['told']): V.add('BUDGET_FLAG_OF_' + x)
                wrong = unfixed or w['stub'] and h and h[1] in w['sacc'] or len(w['wn']) > 1 or w['mix']       # the partner says no for ever, or again and again: held is right
                wrong = wrong or h and h[0] == 'SHARED'
                if x == 'HELD' and (h is None or h[0] == 'NOACC' or not wrong and (b or h[0] == 'KYC' and w['up'])): V.add('I2_RELEASE_LOST')
                if x == 'HELD' and h and h[0] == 'KYC' and not wrong and not w['down']: V.add('R12_HELD_BY_A_WRONG_ANSWER')
                if (x in ('PAID', 'CLAWBACK')) != (money == 1) and not unknown: V.add('STATE_AND_MONEY_DIFFER')
                can = [v for i, c, v in s.T['hist'] if c[:3] == ('can', p, n)]; won = [v for i, c, v in s.T['hist'] if c[:3] == ('tsucc', p, n)]
                if can and won and max(won) > min(can) and x != 'CANCELLED': V.add('I3_PAID_AFTER_ANNOUNCED_CANCEL')
                if x == 'HELD' and r['inst'][n]['mark'] and h and r['inst'][n]['mark'][:2] != h[:2]: V.add('I2_HELD_WITH_WRONG_REASON')
                if hist.get((p, n), (0, None))[1] != x: V.add('HISTORY_CONTRADICTS_%s_%s' % (hist.get((p, n), (0, None))[1], x))
                open_ = w['down'] and not w['up'] and not b or w['stub'] or len(w['wn']) > 1 or w['mix'] or w['susp'] or w['re'] or w['nofix'] or unknown or s.acts[p] or w['s'] or s.truth['budget'][-1][1] < 15      # paid, held or a case, by timing
                s.final[p, n] = 'STOP' if r['dead'] else 'OPEN' if open_ else x
    def oracle_put_back(s, d, p, V):                                         # what is struck stays struck, and nothing else: from the logs alone
        r = d['P'].get(p) or blank(); h = hold(r); x = blank(); puts = [e for e in s.T['put'] if e[1] == p]
        if any(e[4:6] == h[:2] and e[6] >= h[2] for e in puts if h): V.add('R14_STRUCK_BUT_HELD')
        for n, i in r['inst'].items():
            for a in [k[2] for k in s.took if k[:2] == (p, n)] if not s.R.lost and not r['dead'] else ():
                if not any(c[1:3] == (p, n) and c[0] in ('rel', 'check') and c[4] == a + 1 for t in ('rel', 'tfail') for _, c, _ in s.T[t]): V.add('R14_PUT_BACK_UNTOLD')
            if status(r, n) == 'CASE' and any(e[2:6] == (n, i['att'], i['why'], i['acc']) and e[6] in (i['t0'], i['rt']) for e in puts): V.add('R14_PUT_BACK_LOST')
        for t in FACT['elig']:
            for e in s.T[t]:
                if e[1] == p: fact(set(), x, e)
        for _, e, _ in s.T['ledger'][:d['lwm'] + 1]:
            if e[0] == p and e[1] in ('FAILED', 'RETURNED') and e[6] in SLOT: failed(x, e[4], e[6], e[5])
        for e in puts: put_back(set(), x, *e[2:])
        if hold(x) and not h: V.add('R14_CLEARED_TOO_MUCH')
    def books(s, p, n, unknown):                                            # I5: our ledger is the partner's statement, but for what nobody could learn
        V = s.viol; say = {k: {} for k in ('SUCC', 'RETURNED')}; first = {}
        for k, (_, e, _) in enumerate(s.T['ledger']):
            if e[0] == p and e[2] == n and e[1] in say: say[e[1]].setdefault(e[3], set()).add(e[4:]); first.setdefault((e[1], e[3]), k)
        for k, true in (('SUCC', s.ever), ('RETURNED', s.back)):
            if {a for a in say[k] if a != unknown} != {y[2] for y in true if y[:2] == (p, n) and y[2] != unknown}: V.add('I5_LEDGER_IS_NOT_THE_STATEMENT_' + k)
            if any(len(x) > 1 for x in say[k].values()): V.add('I4_BOOKED_WITH_OTHER_CONTENT_' + k)
        if len(say['SUCC']) > 1 + len(say['RETURNED']): V.add('R17_BOOKED_MORE_OFTEN_THAN_RETURNED')
        told = {c[3]: v for i, c, v in reversed(s.T['hist']) if c[:3] == ('tsucc', p, n)}
        for a in say['RETURNED']:
            if first.get(('SUCC', a), 10**9) > first['RETURNED', a]: V.add('R17_RETURNED_BEFORE_BOOKED')
            if a not in told: V.add('R18_RETURNED_BUT_NEVER_TOLD_PAID')
def one(seed, flags):
    z = Sim(seed, flags).run(); y = Sim(seed, flags, z.truth, faults=False).run()
    if not z.viol and any('OPEN' not in (x, y.final[k]) and x != y.final[k] for k, x in z.final.items()): z.viol.add('ORDER_CHANGES_THE_END')
    z.viol |= {'FAULTFREE_' + v for v in y.viol}; return z
def quick_mutants(n):
    missed = [m for m in (*QUICK, *RARE) if not any(one(seed, {m}).viol for seed in ((RARE[m],) if m in RARE else range(1, n + 1)))]
    print('caught within %d seeds: %s' % (n, ' '.join(m for m in (*QUICK, *RARE) if m not in missed)), 'NOT CAUGHT: ' + ' '.join(missed) if missed else ''); return 1 if missed else 0
def main():
    if sys.argv[1] == '--quick-mutants': return quick_mutants(int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    flags = set(sys.argv[1].split(',')) - {'base'}; a = int(sys.argv[2]); n = int(sys.argv[3]); C = Counter(); S = Counter(); ex = {}
    assert flags <= {*MUTANTS, *WORLDS}, 'flags: ' + ', '.join(sorted({*MUTANTS, *WORLDS}))
    for seed in range(a, a + n):
        z = one(seed, flags)
        for v in z.viol: C[v] += 1; ex.setdefault(v, seed)
        C['any'] += bool(z.viol); S.update(z.stat); S['paid'] += len(z.paid); S['returned'] += len(z.back)
    bad = C.pop('any')
    print(sys.argv[1], 'seeds', n, dict(S), 'VIOLATIONS in %d seeds' % bad if bad else 'OK: 0 violations', {k: (v, 'seed %d' % ex[k]) for k, v in C.items() if v}); return 1 if bad else 0
if __name__ == '__main__': sys.exit(main())
