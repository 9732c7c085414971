/* SPDX-License-Identifier: MIT */
/* Checks of arithmetic, strings, arrays, aggregates and formats; prints each failure. */
#include "userspace_shim.h"
#include "arith.h"
#include "str.h"
#include "stat.h"
#include "map.h"
#include "format.h"

static int failures;

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			failures++; \
		} \
	} while (0)

static void arithmetic(void)
{
	CHECK(tapir_div(S64_MIN, -1) == S64_MIN);
	CHECK(tapir_mod(S64_MIN, -1) == 0);
	CHECK(tapir_div(-7, 2) == -3 && tapir_mod(-7, 2) == -1);
	CHECK(tapir_shl(1, 64) == 1 && tapir_shl(1, 65) == 2 && tapir_shl(1, 63) == S64_MIN);
	CHECK(tapir_sar(-8, 1) == -4 && tapir_shr(-1, 63) == 1 && tapir_shr(-1, -1) == 1);
}

static void strings(void)
{
	char letters[128], to[MAXSTRINGLEN + 8];
	int n, m;

	for (n = 0; n < 100; n++) {
		memset(letters, 'a', sizeof(letters));
		letters[n] = 0;
		memset(to, '#', sizeof(to));
		m = n < MAXSTRINGLEN ? n : MAXSTRINGLEN - 1;
		CHECK((int)tapir_str_copy(to, letters, MAXSTRINGLEN) == m);
		CHECK((int)strlen(to) == m && to[MAXSTRINGLEN] == '#');
		memset(to, '#', sizeof(to));
		*tapir_str_append(to, to + MAXSTRINGLEN - 1, letters) = 0;
		CHECK((int)strlen(to) == m && to[MAXSTRINGLEN] == '#');
		CHECK(tapir_str_equal(to, letters) == (n == m));
		/* A key is cut as a string is, and compares by words whatever stands behind it. */
		{
			struct tapir_key key, cut;
			char kept[TAPIR_KEY_BYTES + 1];

			memset(kept, '#', sizeof(kept));
			CHECK(tapir_key_make(&key, 7, letters) == tapir_key_make(&cut, 7, to));
			tapir_key_keep(kept, &key);
			CHECK(!strcmp(kept, to) && kept[TAPIR_KEY_BYTES] == '#');
			CHECK(tapir_key_equal(&cut, kept) && tapir_key_equal(&key, kept));
			to[0] ^= 1;
			tapir_key_make(&cut, 7, to);
			CHECK(tapir_key_equal(&cut, kept) == (m == 0 && !to[0]));
		}
	}
	CHECK(tapir_str_compare("abc", "abd") < 0 && tapir_str_compare("abc", "ab") > 0);
	CHECK(tapir_str_compare("", "") == 0 && tapir_str_compare("\xff", "a") > 0);
	CHECK(tapir_str_compare("12345678", "12345678") == 0);
	CHECK(tapir_str_compare("123456789", "12345678") > 0);
	CHECK(!tapir_str_equal("12345678x", "12345678y") && !tapir_str_equal("a", "ab"));
}

struct entry {
	struct tapir_entry_head head;
	s64 key;
};

static int by_key(const struct tapir_map *m, u32 a, u32 b)
{
	return tapir_order_long(((struct entry *)m->entries)[a].key, ((struct entry *)m->entries)[b].key);
}

/* The first keys, in the order of iteration. */
static bool keys_are(const struct tapir_map *m, const s64 *keys, u32 count)
{
	u32 i, n = m->oldest;

	for (i = 0; i < count; i++, n = tapir_map_at(m, n)->newer)
		if (!n || ((struct entry *)m->entries)[n].key != keys[i])
			return false;
	return true;
}

static void arrays(void)
{
	struct tapir_map m = { 0 };
	u32 i, n;

	CHECK(tapir_map_create(&m, 100, sizeof(struct entry)) == 0);
	for (i = 0; i < 100; i++) {
		n = tapir_map_insert(&m, tapir_map_bucket(&m, tapir_hash_mix(0, i)), false);
		CHECK(n);
		((struct entry *)m.entries)[n].key = (i * 37) % 100;
	}
	CHECK(!tapir_map_insert(&m, 1, false) && m.count == 100);
	CHECK(keys_are(&m, (s64[]){ 0, 37, 74, 11, 48 }, 5));
	/* A short limit: the others keep their order but for what was in front once. */
	tapir_map_sort(&m, by_key, 3);
	CHECK(keys_are(&m, (s64[]){ 0, 1, 2, 3, 6, 7, 11, 22, 37, 74 }, 10));
	tapir_map_sort(&m, by_key, -1);
	CHECK(keys_are(&m, (s64[]){ 0, 1, 2, 3, 6, 7 }, 6));
	tapir_map_sort(&m, by_key, 0);
	for (i = 0, n = m.oldest; n; n = tapir_map_at(&m, n)->newer, i++)
		CHECK(((struct entry *)m.entries)[n].key == i);
	for (n = m.newest; n; n = tapir_map_at(&m, n)->older)
		i--;
	CHECK(i == 0);
	/* The oldest entry is used again. */
	n = m.oldest;
	CHECK(tapir_map_insert(&m, 5, true) == n && m.newest == n && m.count == 100);
	for (n = m.oldest; n; n = m.oldest)
		tapir_map_remove(&m, n);
	CHECK(m.count == 0 && m.newest == 0);
	for (i = 0; !(i >> (64 - m.shift)); i++)
		CHECK(m.heads[i] == 0);
	CHECK(tapir_map_insert(&m, 3, false) != 0);
	tapir_map_clear(&m);
	CHECK(m.count == 0 && m.heads[3] == 0);
	tapir_map_destroy(&m);
}

static void aggregates(void)
{
	struct tapir_stat a, b, both;
	int i;

	CHECK(tapir_hist_log_bucket(0) == 64 && tapir_hist_log_bucket(1) == 65);
	CHECK(tapir_hist_log_bucket(-1) == 63 && tapir_hist_log_bucket(S64_MIN) == 0);
	CHECK(tapir_hist_log_bucket(S64_MAX) == 127 && tapir_hist_log_value(127) == 1LL << 62);
	CHECK(tapir_hist_log_value(0) == S64_MIN && tapir_hist_log_value(64) == 0);
	CHECK(tapir_hist_linear_bucket(-1, 0, 10, 13) == 0);
	CHECK(tapir_hist_linear_bucket(0, 0, 10, 13) == 1);
	CHECK(tapir_hist_linear_bucket(109, 0, 10, 13) == 11);
	CHECK(tapir_hist_linear_bucket(110, 0, 10, 13) == 12);
	/* The distance wraps. */
	CHECK(tapir_hist_linear_bucket(S64_MAX, S64_MIN, 1, 13) == 0);

	tapir_stat_clear(&a);
	tapir_stat_clear(&b);
	tapir_stat_clear(&both);
	for (i = 0; i < 10; i++) {
		struct tapir_stat *half = i < 5 ? &a : &b;

		tapir_stat_add_count(half);
		tapir_stat_add_sum(half, i * i);
		tapir_stat_add_range(half, i * i);
	}
	tapir_stat_merge(&both, &a);
	tapir_stat_merge(&both, &b);
	CHECK(both.count == 10 && both.sum == 285 && both.min == 0 && both.max == 81);
	CHECK(tapir_stat_avg(&both) == 28);
}

/* The tapir form of a number against the C library's. */
static void number(const char *format, u32 base, bool is_signed, u32 flags, int width, int precision)
{
	static const s64 values[] = { 0, 1, -1, 9, 10, 99, 100, 12345, S64_MAX, S64_MIN };
	char mine[128], theirs[128];
	u32 i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		*tapir_put_number(mine, mine + 127, values[i], base, is_signed, flags, width,
				  precision) = 0;
		snprintf(theirs, sizeof(theirs), format, values[i]);
		if (strcmp(mine, theirs) != 0) {
			printf("%s of %lld: \"%s\", not \"%s\"\n", format, values[i], mine, theirs);
			failures++;
		}
	}
}

static void formats(void)
{
	char text[128];
	s64 value;

	for (value = 1; value > 0 && value < S64_MAX / 7; value = value * 7 + 3) {
		char theirs[32];

		*tapir_put_dec(text, -value) = 0;
		snprintf(theirs, sizeof(theirs), "%lld", -value);
		CHECK(strcmp(text, theirs) == 0);
	}
	*tapir_put_dec(text, S64_MIN) = 0;
	CHECK(strcmp(text, "-9223372036854775808") == 0);
	number("%lld", 10, true, 0, 0, -1);
	number("%8lld", 10, true, 0, 8, -1);
	number("%-8lld", 10, true, TAPIR_LEFT, 8, -1);
	number("%08lld", 10, true, TAPIR_ZERO, 8, -1);
	number("%+lld", 10, true, TAPIR_PLUS, 0, -1);
	number("% lld", 10, true, TAPIR_SPACE, 0, -1);
	number("%12.5lld", 10, true, 0, 12, 5);
	number("%llu", 10, false, 0, 0, -1);
	number("%llx", 16, false, 0, 0, -1);
	number("%20llX", 16, false, TAPIR_UPPER, 20, -1);
	number("%llo", 8, false, 0, 0, -1);
	*tapir_put_number(text, text + 5, 123456789, 10, true, 0, 20, -1) = 0;
	CHECK(strlen(text) == 5);
	*tapir_put_string(text, text + 100, "a\n\"\x01", TAPIR_ALTERNATE, 0, -1) = 0;
	CHECK(strcmp(text, "a\n\"\x01") == 0);
	*tapir_put_char(text, text + 100, 1, TAPIR_ALTERNATE, 6) = 0;
	CHECK(strcmp(text, "  \\001") == 0);
	*tapir_put_string(text, text + 100, "abcdef", TAPIR_LEFT, 6, 3) = 0;
	CHECK(strcmp(text, "abc   ") == 0);
}

int main(void)
{
	arithmetic();
	strings();
	arrays();
	aggregates();
	formats();
	return failures != 0;
}
