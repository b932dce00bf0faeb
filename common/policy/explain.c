#include "policy/explain.h"

#include <assert.h>
#include <stddef.h>

#include "policy/scheme.h"
#include "policy/text.h"

static const struct {
    const char *name, *indonesian;
} actors[] = {
    [ACTOR_NOBODY] = { "nobody", "tidak ada" },
    [ACTOR_PARTICIPANT] = { "participant", "peserta" },
    [ACTOR_INSTITUTION] = { "institution", "lembaga pelatihan" },
    [ACTOR_PLATFORM] = { "platform", "platform digital" },
    [ACTOR_PROGRAMME] = { "programme", "Manajemen Pelaksana" },
    [ACTOR_PARTNER] = { "partner", "mitra pembayaran" },
};
_Static_assert(sizeof actors / sizeof actors[0] == ACTOR_COUNT, "one row per actor");

const char *actor_name(enum actor actor)
{
    return actors[actor].name;
}

const char *actor_indonesian(enum actor actor)
{
    return actors[actor].indonesian;
}

const char *contact_of_programme(void)
{
    return "prakerja.go.id (formulir pengaduan, live chat), 0800 1503 001, info@prakerja.go.id";
}

const char *contact_of_platform(const char *platform)
{
    static const struct {
        const char *token, *contact;
    } rows[] = {
        { "bukalapak", "Bukalapak 021-508 13333" },
        { "maubelajarapa", "Mau Belajar Apa +62 811 8807 172 (WhatsApp)" },
        { "pijarmahir", "Pijar Mahir +62 821 1111 3630 (WhatsApp)" },
        { "pintaria", "Pintaria pintaria.com" },
        { "sekolahmu", "Sekolahmu +62 813 1579 2171 (WhatsApp)" },
        { "sisnaker", "Sisnaker 021-508 16000" },
        { "tokopedia", "Tokopedia tokopedia.com/help" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_is(rows[i].token, platform))
            return rows[i].contact;
    return contact_of_programme();
}

/* L4: the institution first; 24 hours after the rating it is the platform's report that is late. */
static struct advice missing_completion(const struct record *r, int64_t business_ms)
{
    int64_t rated = 0;

    (void)condition_met(r, CONDITION_rated, &rated);
    if (r->uncertified_at_ms != 0)
        return (struct advice){ ACTOR_INSTITUTION, "Pelatihan selesai, sertifikat belum terbit",
                                "Tanyakan sertifikat kepada lembaga pelatihan",
                                "The training is finished but has no certificate: ask the "
                                "institution" };
    if (rated != 0 && business_ms > rated + REPORT_LATE_MS)
        return (struct advice){ ACTOR_PLATFORM, "Laporan penyelesaian terlambat",
                                "Tanyakan apakah lembaga pelatihan sudah melapor, lalu platform "
                                "digital",
                                "The completion report is late: ask the institution whether it has "
                                "reported, then the platform" };
    return (struct advice){ ACTOR_INSTITUTION,
                            "Menunggu laporan penyelesaian dari platform digital",
                            "Selesaikan pelatihan; laporan masuk paling lambat satu hari "
                            "setelahnya",
                            "Waiting for the platform's report of the completed training" };
}

/* The fix that each hold names (R15). */
static const struct {
    enum reason reason;
    enum actor actor;
    const char *todo, *english;
} fixes[] = {
    { REASON_ACCOUNT_NOT_KYC, ACTOR_PARTICIPANT,
      "Upgrade e-wallet (KTP dan swafoto), atau sambungkan rekening lain",
      "Upgrade the e-wallet or link another account" },
    { REASON_NIK_MISMATCH, ACTOR_PARTICIPANT,
      "Perbaiki NIK di e-wallet, atau sambungkan rekening atas nama sendiri",
      "Mend the NIK at the e-wallet or link an account of your own" },
    { REASON_SELFIE_MISMATCH, ACTOR_PARTICIPANT,
      "Ulangi verifikasi KTP dan swafoto, atau sambungkan rekening lain",
      "Repeat the KTP and selfie check or link another account" },
    { REASON_ACCOUNT_CLOSED, ACTOR_PARTICIPANT, "Sambungkan rekening atau e-wallet lain",
      "Link another account" },
    { REASON_ACCOUNT_INACTIVE, ACTOR_PARTICIPANT,
      "Aktifkan kembali di bank/e-wallet, atau sambungkan rekening lain",
      "Reactivate the account or link another" },
    { REASON_ACCOUNT_NOT_FOUND, ACTOR_PARTICIPANT,
      "Perbaiki nomor, atau sambungkan rekening lain",
      "Correct the number or link another account" },
    { REASON_PHONE_CHANGED, ACTOR_PARTICIPANT,
      "Sambungkan ulang e-wallet dengan nomor HP yang berlaku",
      "Link the e-wallet again with its present number" },
    { REASON_BALANCE_LIMIT, ACTOR_PARTICIPANT,
      "Kurangi saldo; pembayaran dicoba lagi setiap hari",
      "Make room in the wallet: it is tried again every day" },
    { REASON_MONTHLY_LIMIT, ACTOR_NOBODY, "Tidak ada; dibayar pada awal bulan berikutnya",
      "Nothing: it is paid on the first of next month" },
    { REASON_ACCOUNT_SHARED, ACTOR_PROGRAMME,
      "Tunggu kabar petugas, atau sambungkan rekening atas nama sendiri",
      "Wait for a person's word or link an account of your own" },
};

static struct advice fix_of(enum reason reason)
{
    for (size_t k = 0; k < sizeof fixes / sizeof fixes[0]; k++)
        if (fixes[k].reason == reason)
            return (struct advice){ fixes[k].actor, reason_row(reason)->shown, fixes[k].todo,
                                    fixes[k].english };
    return (struct advice){ ACTOR_PROGRAMME, reason_row(reason)->shown,
                            "Hubungi Manajemen Pelaksana", "Ask the programme" };
}

static struct advice missing_verification(const struct record *r)
{
    const struct account *candidate = record_candidate(r);

    if (r->first_linked_at_ms == 0)
        return (struct advice){ ACTOR_PARTICIPANT, "Rekening/e-wallet belum dapat diverifikasi",
                                "Sambungkan dahulu rekening bank atau e-wallet",
                                "There is no account to check: link one first" };
    if (candidate) {
        enum slot slot = account_open_slot(candidate);
        if (slot == SLOT_SHARED)
            return fix_of(REASON_ACCOUNT_SHARED);
        if (slot != SLOT_NOTHING)
            return (struct advice){ ACTOR_PARTICIPANT,
                                    reason_row(candidate->slots[slot].fail_reason)->shown,
                                    "Perbaiki di bank/e-wallet, atau sambungkan rekening lain",
                                    "The linked account failed a check: mend it or link another" };
    }
    return (struct advice){ ACTOR_PARTNER, "Menunggu verifikasi rekening/e-wallet",
                            "Tidak ada; mitra pembayaran sedang memeriksa",
                            "The payment partner is checking the linked account" };
}

struct advice explain_condition(const struct record *r, enum condition condition,
                                int64_t business_ms)
{
    switch (condition) {
    case CONDITION_reviewed:
        return (struct advice){ ACTOR_PARTICIPANT, "Ulasan pelatihan belum ada",
                                "Tulis ulasan di platform digital atau dashboard Prakerja",
                                "Write a review on the platform or the dashboard" };
    case CONDITION_rated:
        return (struct advice){ ACTOR_PARTICIPANT, "Rating pelatihan belum ada",
                                "Beri rating 1-5 bintang di platform digital atau dashboard "
                                "Prakerja",
                                "Give 1 to 5 stars on the platform or the dashboard" };
    case CONDITION_enrolled:
        return (struct advice){ ACTOR_PROGRAMME, "Kepesertaan belum tercatat",
                                "Hubungi Manajemen Pelaksana",
                                "The programme has not enrolled you yet" };
    case CONDITION_completed: return missing_completion(r, business_ms);
    case CONDITION_linked:
        return (struct advice){ ACTOR_PARTICIPANT, "Rekening/e-wallet belum disambungkan",
                                "Sambungkan rekening bank atau e-wallet di dashboard Prakerja",
                                "Link a bank account or an e-wallet on the dashboard" };
    case CONDITION_verified: return missing_verification(r);
    case CONDITION_active:
        return (struct advice){ ACTOR_PROGRAMME, "Kepesertaan tidak aktif",
                                "Ajukan pengaduan bila ini keliru",
                                "Membership is not active: complain if this is wrong" };
    case CONDITION_COUNT: break;
    }
    assert(!"a condition without advice");
    return (struct advice){ 0 };
}

enum reason instalment_reason(const struct record *r, const struct instalment *i,
                              int64_t business_ms)
{
    switch (instalment_shown(r, i, business_ms)) {
    case SHOWN_HELD: {
        struct mark hold = record_hold(r);
        return hold.reason != REASON_NONE ? hold.reason : i->why;
    }
    case SHOWN_CANCELLED:
    case SHOWN_CLAWBACK: return REASON_DUPLICATE_AID;
    case SHOWN_UNKNOWN: return REASON_PARTNER_TIMEOUT;
    case SHOWN_RETRYING:
    case SHOWN_FAILED:
    case SHOWN_RETURNED: return i->why;
    case SHOWN_DOUBTFUL: /* R12: never tell the participant to upgrade while it is doubtful */
    case SHOWN_SCHEDULED:
    case SHOWN_SENDING:
    case SHOWN_PAID:
    case SHOWN_UNSCHEDULED:
    case SHOWN_COUNT: break;
    }
    return REASON_NONE;
}

static struct advice held(const struct record *r, const struct instalment *i)
{
    enum reason reason = record_hold(r).reason;

    return fix_of(reason != REASON_NONE ? reason : i->why); /* a limit: held until its date */
}

struct advice explain_instalment(const struct record *r, const struct instalment *i,
                                 int64_t business_ms)
{
    enum shown shown = instalment_shown(r, i, business_ms);

    switch (shown) {
    case SHOWN_SCHEDULED:
        if (business_ms > i->promised_at_ms)
            return (struct advice){ ACTOR_PROGRAMME, "Pembayaran terlambat",
                                    "Tidak ada; pembayaran sedang diurus",
                                    "The payment is late; nothing for you to do" };
        return (struct advice){ ACTOR_NOBODY, "Menunggu tanggal pembayaran", "Tidak ada",
                                "Waiting for its day" };
    case SHOWN_SENDING:
    case SHOWN_UNKNOWN:
    case SHOWN_DOUBTFUL:
        return (struct advice){ ACTOR_PARTNER, "Sedang diproses mitra pembayaran", "Tidak ada",
                                "The payment partner is working on it" };
    case SHOWN_RETRYING:
        return (struct advice){ i->why == REASON_PROGRAMME_FUNDS ? ACTOR_PROGRAMME : ACTOR_PARTNER,
                                "Dicoba lagi secara otomatis", "Tidak ada",
                                "Tried again by itself" };
    case SHOWN_PAID:
        return (struct advice){ ACTOR_NOBODY, "Dana sudah dikirim",
                                "Periksa saldo rekening/e-wallet", "Paid" };
    case SHOWN_HELD: return held(r, i);
    case SHOWN_FAILED:
        return (struct advice){ ACTOR_PROGRAMME, "Dalam pemeriksaan petugas",
                                "Tunggu kabar, atau hubungi Manajemen Pelaksana dengan nomor kasus",
                                "A person is looking into it: ask with the case number" };
    case SHOWN_RETURNED:
        return (struct advice){ ACTOR_PROGRAMME, "Dana dikembalikan bank",
                                "Periksa rekening/e-wallet", "The bank returned the money" };
    case SHOWN_CANCELLED:
        return (struct advice){ ACTOR_PROGRAMME, "Keluarga (KK) tercatat menerima bantuan lain",
                                "Ajukan pengaduan bila ini keliru (R4)",
                                "Cancelled by rule R4: complain if this is wrong" };
    case SHOWN_CLAWBACK:
        return (struct advice){ ACTOR_PARTICIPANT, "Insentif wajib dikembalikan (R5)",
                                "Kembalikan insentif, atau ajukan pengaduan bila ini keliru",
                                "Return the incentive (R5), or complain if this is wrong" };
    case SHOWN_UNSCHEDULED:
    case SHOWN_COUNT: break;
    }
    return (struct advice){ ACTOR_NOBODY, "Belum terjadwal", "Lengkapi syarat",
                            "Not scheduled yet" };
}

int64_t instalment_next_ms(const struct record *r, const struct instalment *i, int64_t business_ms)
{
    enum shown shown = instalment_shown(r, i, business_ms);
    bool waits = shown == SHOWN_RETRYING || shown == SHOWN_DOUBTFUL ||
                 (shown == SHOWN_HELD && record_hold(r).reason == REASON_NONE);

    return waits && i->not_before_ms > business_ms ? i->not_before_ms : 0;
}
