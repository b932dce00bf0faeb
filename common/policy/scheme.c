#include "policy/scheme.h"

#include <stddef.h>

#include "policy/text.h"

static const struct scheme schemes[] = {
    { .id = "2020",
      .training_balance_idr = 1000000,
      .instalments = 4,
      .instalment_idr = 600000,
      .surveys = 3,
      .survey_idr = 50000,
      .aid_excludes_from_wave = 18,
      .purchase_days = 30,
      .return_days = 60,
      .account_participants = 1,
      .ends_at_ms = INT64_C(1640969999999), /* 31 December 2021, WIB */
      .legal_basis = "Permenko 11/2020 pasal 2 ayat (6), (7)" },
    { .id = "2023",
      .training_balance_idr = 3500000,
      .instalments = 1,
      .instalment_idr = 600000,
      .surveys = 2,
      .survey_idr = 50000,
      .aid_excludes_from_wave = 0,
      .purchase_days = 30,
      .return_days = 60,
      .account_participants = 1,
      .legal_basis = "-" },
};

const struct scheme *scheme_at(int i)
{
    return i >= 0 && i < (int)(sizeof schemes / sizeof schemes[0]) ? &schemes[i] : NULL;
}

const struct scheme *scheme_find(const char *id)
{
    for (int i = 0; scheme_at(i); i++)
        if (text_is(schemes[i].id, id))
            return &schemes[i];
    return NULL;
}

bool scheme_excludes_aid(const struct scheme *scheme, int32_t wave)
{
    return scheme->aid_excludes_from_wave > 0 && wave >= scheme->aid_excludes_from_wave;
}
