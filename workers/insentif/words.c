#include "words.h"

#include <string.h>

#include "policy/domain.h"

static const struct words indonesian = {
    .participant = "Peserta",
    .scheme = "skema",
    .wave = "gelombang",
    .now = "per",
    .nothing = "Belum ada apa pun yang tercatat tentang peserta ini.",
    .conditions = "Syarat insentif",
    .since = "sejak",
    .what = "keadaan",
    .todo = "yang harus dilakukan",
    .actor = "yang harus bertindak",
    .contact = "hubungi",
    .case_number = "nomor kasus",
    .instalment = "Insentif ke",
    .survey = "Insentif survei ke",
    .reason = "alasan",
    .due = "dibayar mulai",
    .promised = "paling lambat",
    .late = "terlambat",
    .in_time = "tidak terlambat",
    .provisional = " (sementara: hari libur tahun itu belum ditetapkan)",
    .paid = "dibayar pada",
    .anew = "tanggal baru, paling lambat",
    .again = "langkah berikutnya pada",
    .attempts = "riwayat (jam nyata)",
};

static const struct words english = {
    .english = true,
    .participant = "Participant",
    .scheme = "scheme",
    .wave = "wave",
    .now = "as of",
    .nothing = "Nothing is known about this participant.",
    .conditions = "Conditions",
    .since = "since",
    .what = "what is so",
    .todo = "to do",
    .actor = "who must act",
    .contact = "contact",
    .case_number = "case number",
    .instalment = "Instalment",
    .survey = "Survey incentive",
    .reason = "reason",
    .due = "due",
    .promised = "promised by",
    .late = "late",
    .in_time = "not late",
    .provisional = " (provisional: that year's holidays are not decreed yet)",
    .paid = "paid at",
    .anew = "new date, by",
    .again = "next step at",
    .attempts = "history (real time)",
};

static const char *const conditions[CONDITION_COUNT][2] = {
    [CONDITION_reviewed] = { "ulasan ditulis", "review written" },
    [CONDITION_rated] = { "rating diberikan", "stars given" },
    [CONDITION_enrolled] = { "terdaftar sebagai peserta", "enrolled" },
    [CONDITION_completed] = { "pelatihan selesai dan bersertifikat",
                              "training completed with a certificate" },
    [CONDITION_linked] = { "rekening/e-wallet tersambung", "account linked" },
    [CONDITION_verified] = { "rekening/e-wallet terverifikasi", "account verified" },
    [CONDITION_active] = { "kepesertaan aktif", "membership active" },
};

static const struct {
    const char *what, *indonesian, *english;
} happenings[] = {
    { "claimed", "mulai dibayar", "payment begun" },
    { "sent", "dikirim ke mitra", "sent to the partner" },
    { "unknown", "jawaban mitra belum ada, ditanyakan", "no answer from the partner, being asked" },
    { "paid", "berhasil", "paid" },
    { "failed", "gagal", "failed" },
    { "given-up", "tidak jadi dikirim", "not sent after all" },
    { "held", "ditahan", "held" },
    { "cancelled", "dibatalkan", "cancelled" },
    { "inquiry-negative", "jawaban mitra atas rekening meragukan, ditanyakan lagi",
      "the partner's answer about the account is doubtful, asked again" },
    { "inquiry-failed", "rekening tidak dapat ditanyakan", "the account could not be asked about" },
    { "case-no-answer", "jawaban mitra terlalu lama, diperiksa petugas",
      "no answer from the partner for too long, a person looks" },
    { "case-late-answer", "jawaban mitra terlambat, diperiksa petugas",
      "a late answer from the partner, a person looks" },
    { "case-answer-not-ours", "jawaban mitra tidak cocok, diperiksa petugas",
      "the partner's answer doesn't fit, a person looks" },
    { "case-late", "terlambat dari yang dijanjikan, diperiksa petugas",
      "later than promised, a person looks" },
    { "case-ending", "skema segera berakhir, diperiksa petugas",
      "the scheme ends soon, a person looks" },
    { "case-account", "rekening tidak dapat dibaca sistem, diperiksa petugas",
      "the system can't read the account, a person looks" },
    { "case-reference", "tidak dapat dikirim ulang, diperiksa petugas",
      "can't be sent again, a person looks" },
    { "inquired", "rekening ditanyakan ke mitra, baik", "the account was asked about, good" },
    { "shadow", "uji tanpa pembayaran", "would have been paid (shadow)" },
    { "returned", "dikembalikan bank", "returned by the bank" },
    { "restored", "riwayat sebelumnya hilang", "what was before is lost" },
};

const struct words *words_of(const char *language)
{
    if (strcmp(language, "id") == 0)
        return &indonesian;
    return strcmp(language, "en") == 0 ? &english : NULL;
}

const char *words_condition(const struct words *words, enum condition condition)
{
    return conditions[condition][words->english ? 1 : 0];
}

const char *words_happening(const struct words *words, const char *what)
{
    for (size_t i = 0; i < sizeof happenings / sizeof happenings[0]; i++)
        if (strcmp(happenings[i].what, what) == 0)
            return words->english ? happenings[i].english : happenings[i].indonesian;
    return what;
}

const char *words_shown(enum reason reason)
{
    /* The dashboard says "in process", which a case under "failed" is not. */
    if (reason == REASON_UNKNOWN_CODE)
        return "Jawaban mitra pembayaran tidak dikenal";
    return reason_row(reason)->shown;
}

int32_t words_reason(const char *name)
{
    for (int32_t i = REASON_NONE + 1; i < REASON_COUNT; i++)
        if (strcmp(reason_row((enum reason)i)->name, name) == 0)
            return i;
    return -1;
}
