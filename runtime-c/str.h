/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * Bounded byte strings: NUL-terminated, at most MAXSTRINGLEN - 1 bytes. Takes no locks, never
 * fails; what does not fit is cut.
 *
 * Every string that the generated code handles lives in memory where reading a whole aligned word
 * is harmless, or is read through tapir_load_word(), which survives the end of a mapping.
 */
#ifndef TAPIR_STR_H
#define TAPIR_STR_H

typedef char string_t[MAXSTRINGLEN];

#ifdef TAPIR_USERSPACE
static inline u64 tapir_load_word(const char *s)
{
	u64 word = 0;
	int i;

	for (i = 0; i < 8; i++) {
		word |= (u64)(u8)s[i] << (8 * i);
		if (!s[i])
			break;
	}
	return word;
}
#else
#include <asm/word-at-a-time.h>
static inline u64 tapir_load_word(const char *s)
{
	return load_unaligned_zeropad(s);
}
#endif

/* Non-zero if the word has a zero byte; its lowest set bit is bit 7 of the first such byte. */
static inline u64 tapir_zero_bytes(u64 word)
{
	return (word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL;
}

/* The bytes of `word` before its first zero byte, which `zeros` (not 0) shows. */
static inline u64 tapir_before_zero(u64 word, u64 zeros)
{
	u64 first = zeros & (0 - zeros);

	return word & ((first >> 7) - 1);
}

/* Copies `from` to `to` of `size` bytes; gives the length. */
static inline u32 tapir_str_copy(char *to, const char *from, u32 size)
{
	u32 at = 0;

	while (at + 8 < size) {
		u64 word = tapir_load_word(from + at), zeros = tapir_zero_bytes(word);

		if (zeros) {
			u64 rest = tapir_before_zero(word, zeros);

			memcpy(to + at, &rest, 8);
			return at + (__builtin_ctzll(zeros) >> 3);
		}
		memcpy(to + at, &word, 8);
		at += 8;
	}
	while (at + 1 < size && from[at]) {
		to[at] = from[at];
		at++;
	}
	to[at] = 0;
	return at;
}

/* Appends at `at` (before `end`, the last byte) and gives the new end; no terminator. */
static inline char *tapir_str_append(char *at, char *end, const char *from)
{
	while (at + 8 <= end) {
		u64 word = tapir_load_word(from), zeros = tapir_zero_bytes(word);

		memcpy(at, &word, 8);
		if (zeros)
			return at + (__builtin_ctzll(zeros) >> 3);
		at += 8;
		from += 8;
	}
	while (at < end && *from)
		*at++ = *from++;
	return at;
}

/* memcmp order: negative, 0, positive. */
static inline int tapir_str_compare(const char *a, const char *b)
{
	for (;;) {
		u64 x = tapir_load_word(a), y = tapir_load_word(b), zeros = tapir_zero_bytes(x);

		if (x != y || zeros) {
			int i;

			for (i = 0; i < 8; i++) {
				u8 p = x >> (8 * i), q = y >> (8 * i);

				if (p != q)
					return p < q ? -1 : 1;
				if (!p)
					return 0;
			}
		}
		a += 8;
		b += 8;
	}
}

static inline bool tapir_str_equal(const char *a, const char *b)
{
	for (;;) {
		u64 x = tapir_load_word(a), y = tapir_load_word(b), zeros = tapir_zero_bytes(x);

		if (zeros) {
			u64 other = tapir_zero_bytes(y);

			return other && tapir_before_zero(x, zeros) == tapir_before_zero(y, other) &&
			       __builtin_ctzll(zeros) == __builtin_ctzll(other);
		}
		if (x != y)
			return false;
		a += 8;
		b += 8;
	}
}

#define TAPIR_HASH_MULTIPLIER 0x9e3779b97f4a7c15ULL

/*
 * Adds a word to a hash. What differs anywhere in the words shows in the topmost bits, which is why
 * a map takes those.
 */
static inline u64 tapir_hash_mix(u64 hash, u64 word)
{
	return ((hash << 5 | hash >> 59) ^ word) * TAPIR_HASH_MULTIPLIER;
}

/*
 * A string that is looked for in an array: `words` whole words at `text`, then `last`, its end
 * filled up with zeros. An array keeps its keys in this form, so that they compare by words.
 */
struct tapir_key {
	const char *text;
	u64 last;
	u32 words;
};

/* Room of a key in an entry. */
#define TAPIR_KEY_BYTES ((MAXSTRINGLEN + 7) & ~7)

/* Measures a key, cut as any string is, and mixes it into a hash. */
static __always_inline u64 tapir_key_make(struct tapir_key *key, u64 hash, const char *s)
{
	u64 word = tapir_load_word(s), zeros = tapir_zero_bytes(word);
	u32 words = 0;

	key->text = s;
	while (!zeros) {
		if (unlikely(words == (MAXSTRINGLEN - 1) / 8)) {
			word &= (1ULL << 8 * ((MAXSTRINGLEN - 1) % 8)) - 1;
			goto out;
		}
		hash = tapir_hash_mix(hash, word);
		words++;
		word = tapir_load_word(s + 8 * words);
		zeros = tapir_zero_bytes(word);
	}
	if (unlikely(words == (MAXSTRINGLEN - 1) / 8))
		word &= (1ULL << 8 * ((MAXSTRINGLEN - 1) % 8)) - 1;
	word = tapir_before_zero(word, zeros);
out:
	key->words = words;
	key->last = word;
	return tapir_hash_mix(hash, word);
}

static __always_inline bool tapir_key_equal(const struct tapir_key *key, const char *kept)
{
	u32 at;

	for (at = 0; at < key->words; at++) {
		u64 word;

		memcpy(&word, kept + 8 * at, 8);
		if (word != tapir_load_word(key->text + 8 * at))
			return false;
	}
	return !memcmp(kept + 8 * at, &key->last, 8);
}

static __always_inline void tapir_key_keep(char *to, const struct tapir_key *key)
{
	u32 at;

	for (at = 0; at < key->words; at++) {
		u64 word = tapir_load_word(key->text + 8 * at);

		memcpy(to + 8 * at, &word, 8);
	}
	memcpy(to + 8 * at, &key->last, 8);
}

#endif
