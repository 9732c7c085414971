/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * The pieces of formats. The generated code calls one function per piece; nothing interprets a
 * format at run time. Each writes at `at`, never at or past `end`, and gives the new place; what
 * does not fit is cut. Only tapir_put_dec() does not look: its caller has left 20 bytes.
 * Takes no locks.
 */
#ifndef TAPIR_FORMAT_H
#define TAPIR_FORMAT_H

enum {
	TAPIR_ZERO = 1,
	TAPIR_PLUS = 2,
	TAPIR_SPACE = 4,
	TAPIR_LEFT = 8,
	TAPIR_ALTERNATE = 16,
	TAPIR_UPPER = 32,
};

static const char tapir_pairs[201] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

/* Digits of `value` ending before `end`; gives the first. */
static inline char *tapir_decimal(char *end, u64 value)
{
	while (value >= 100) {
		u64 rest = value / 100;

		end -= 2;
		memcpy(end, tapir_pairs + 2 * (value - rest * 100), 2);
		value = rest;
	}
	if (value >= 10) {
		end -= 2;
		memcpy(end, tapir_pairs + 2 * value, 2);
	} else {
		*--end = '0' + value;
	}
	return end;
}

/* Two digits or more. Needs 20 bytes. */
static noinline char *tapir_put_digits(char *at, u64 value)
{
	static const u64 powers[20] = {
		0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
		10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
		1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
		10000000000000000000U,
	};
	/* The decimal logarithm from the binary one: 1233 / 4096 is log10(2). */
	u32 guess = ((64 - __builtin_clzll(value)) * 1233) >> 12;
	char *last = at + guess + (value >= powers[guess]), *end = last;

	while (value >= 100) {
		u64 rest = value / 100;

		end -= 2;
		memcpy(end, tapir_pairs + 2 * (value - rest * 100), 2);
		value = rest;
	}
	if (value >= 10)
		memcpy(end - 2, tapir_pairs + 2 * value, 2);
	else
		end[-1] = '0' + value;
	return last;
}

/* %d without flags. Needs 20 bytes. */
static inline char *tapir_put_dec(char *at, s64 value)
{
	u64 rest = value;

	if (value < 0) {
		*at++ = '-';
		rest = 0 - rest;
	}
	if (rest < 10) {
		*at = '0' + rest;
		return at + 1;
	}
	return tapir_put_digits(at, rest);
}

/* %u without flags. Needs 20 bytes. */
static inline __maybe_unused char *tapir_put_unsigned(char *at, u64 value)
{
	if (value < 10) {
		*at = '0' + value;
		return at + 1;
	}
	return tapir_put_digits(at, value);
}

/* The eight hexadecimal digits of 32 bits, as they are in memory. */
static inline u64 tapir_hex_word(u32 value)
{
	u64 word = value;

	word = (word | word << 16) & 0x0000ffff0000ffffULL;
	word = (word | word << 8) & 0x00ff00ff00ff00ffULL;
	word = (word | word << 4) & 0x0f0f0f0f0f0f0f0fULL;
	/* What is above 9 carries into bit 4 with 6 more, and goes from ':' to 'a'. */
	word += 0x3030303030303030ULL +
		((word + 0x0606060606060606ULL) >> 4 & 0x0101010101010101ULL) * 39;
	return cpu_to_be64(word);
}

/* %x without flags. Needs 16 bytes. */
static noinline __maybe_unused char *tapir_put_hex(char *at, u64 value)
{
	u32 skipped = __builtin_clzll(value | 1) & ~3u;
	u64 word;

	value <<= skipped;
	word = tapir_hex_word(value >> 32);
	memcpy(at, &word, 8);
	if (skipped < 32) {
		word = tapir_hex_word(value);
		memcpy(at + 8, &word, 8);
	}
	return at + 16 - skipped / 4;
}

static inline char *tapir_put_text(char *at, char *end, const char *text, u32 length)
{
	if (unlikely(length > (u32)(end - at)))
		length = end - at;
	memcpy(at, text, length);
	return at + length;
}

static inline char *tapir_put_fill(char *at, char *end, char fill, s64 count)
{
	if (count > end - at)
		count = end - at;
	if (count >= 8) {
		u64 word = 0x0101010101010101ULL * (u8)fill;
		char *last = at + count - 8;

		/* Not to be made a call of memset(), which costs more than most widths. */
		OPTIMIZER_HIDE_VAR(word);
		for (; at < last; at += 8)
			memcpy(at, &word, 8);
		memcpy(last, &word, 8);
		return last + 8;
	}
	while (count-- > 0)
		*at++ = fill;
	return at;
}

/*
 * Integers with flags, width and precision; base 10 signed (or unsigned), 8, 16. A negative width
 * or precision is none. Unlike C, `0` fills beside a precision, and 0 is never nothing.
 */
static noinline __maybe_unused char *tapir_put_number(char *at, char *end, s64 value, u32 base,
						      bool is_signed, u32 flags, s64 width,
						      s64 precision)
{
	char digits[24], prefix[2], *first = digits + sizeof(digits);
	u64 rest = value;
	s64 prefixed = 0, length, zeros = 0, blanks;

	if (is_signed) {
		if (value < 0) {
			prefix[prefixed++] = '-';
			rest = 0 - rest;
		} else if (flags & TAPIR_PLUS) {
			prefix[prefixed++] = '+';
		} else if (flags & TAPIR_SPACE) {
			prefix[prefixed++] = ' ';
		}
	}
	if (base == 10) {
		first = tapir_decimal(first, rest);
	} else {
		const char *letters = flags & TAPIR_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
		int shift = base == 16 ? 4 : 3;

		do {
			*--first = letters[rest & (base - 1)];
			rest >>= shift;
		} while (rest);
		if (flags & TAPIR_ALTERNATE) {
			prefix[prefixed++] = '0';
			if (base == 16)
				prefix[prefixed++] = flags & TAPIR_UPPER ? 'X' : 'x';
		}
	}
	length = digits + sizeof(digits) - first;
	if (precision > length)
		zeros = precision - length;
	blanks = width - prefixed - zeros - length;
	if ((flags & TAPIR_ZERO) && !(flags & TAPIR_LEFT) && blanks > 0) {
		zeros += blanks;
		blanks = 0;
	}
	if (!(flags & TAPIR_LEFT))
		at = tapir_put_fill(at, end, ' ', blanks);
	at = tapir_put_text(at, end, prefix, prefixed);
	at = tapir_put_fill(at, end, '0', zeros);
	at = tapir_put_text(at, end, first, length);
	if (flags & TAPIR_LEFT)
		at = tapir_put_fill(at, end, ' ', blanks);
	return at;
}

/* Escapes one byte as a C literal would; at most 4 bytes. */
static inline u32 tapir_escape(char *to, u8 byte)
{
	const char *from = "\a\b\f\n\r\t\v\"\\", *letters = "abfnrtv\"\\";
	int i;

	for (i = 0; i < 9; i++) {
		if (byte == (u8)from[i]) {
			to[0] = '\\';
			to[1] = letters[i];
			return 2;
		}
	}
	if (byte >= 32 && byte < 127) {
		to[0] = byte;
		return 1;
	}
	to[0] = '\\';
	to[1] = '0' + (byte >> 6);
	to[2] = '0' + (byte >> 3 & 7);
	to[3] = '0' + (byte & 7);
	return 4;
}

/* %s with flags (`#` does nothing); a negative width or precision is none. */
static noinline __maybe_unused char *tapir_put_string(char *at, char *end, const char *text,
						      u32 flags, s64 width, s64 precision)
{
	s64 length = 0, blanks;

	while ((precision < 0 || length < precision) && text[length])
		length++;
	blanks = width - length;
	if (!(flags & TAPIR_LEFT))
		at = tapir_put_fill(at, end, ' ', blanks);
	at = tapir_put_text(at, end, text, length);
	if (flags & TAPIR_LEFT)
		at = tapir_put_fill(at, end, ' ', blanks);
	return at;
}

/* %c */
static noinline __maybe_unused char *tapir_put_char(char *at, char *end, s64 value, u32 flags,
						    s64 width)
{
	char bytes[4];
	u32 length = 1;

	bytes[0] = value;
	/* The inside of a C character: there the other quote needs an escape. */
	if ((flags & TAPIR_ALTERNATE) && (u8)value == '\'') {
		bytes[length++] = value;
		bytes[0] = '\\';
	} else if ((flags & TAPIR_ALTERNATE) && (u8)value != '"') {
		length = tapir_escape(bytes, value);
	}
	if (!(flags & TAPIR_LEFT))
		at = tapir_put_fill(at, end, ' ', width - length);
	at = tapir_put_text(at, end, bytes, length);
	if (flags & TAPIR_LEFT)
		at = tapir_put_fill(at, end, ' ', width - length);
	return at;
}

/* %b: the low bytes of the value, in the machine's order. */
static inline char *tapir_put_binary(char *at, char *end, s64 value, s64 width, s64 precision)
{
	s64 size = precision > 0 ? precision : width > 0 ? width : 8;

	if (size > 8)
		at = tapir_put_fill(at, end, 0, size - 8);
	return tapir_put_text(at, end, (const char *)&value, size > 8 ? 8 : size);
}

static inline char *tapir_put_hex_bytes(char *at, char *end, const u8 *bytes, u32 length)
{
	u32 i;

	for (i = 0; i < length && end - at >= 2; i++) {
		*at++ = "0123456789abcdef"[bytes[i] >> 4];
		*at++ = "0123456789abcdef"[bytes[i] & 15];
	}
	return at;
}

/* Can all of it be read? Asked before anything of a dump is printed. */
static noinline __maybe_unused bool tapir_readable(s64 address, s64 count, bool user)
{
	u8 bytes[64];

	for (; count > 0; address += sizeof(bytes), count -= sizeof(bytes))
		if (!tapir_read(bytes, address, min_t(s64, count, sizeof(bytes)), user))
			return false;
	return true;
}

/*
 * %m and %M: at most a page of memory that tapir_readable() has looked at, as bytes or as
 * hexadecimal digits. False if it cannot be read any more.
 */
static noinline __maybe_unused bool tapir_print_memory(struct tapir_ctx *c, s64 address, s64 count,
							bool hex, s64 width, bool user)
{
	u8 bytes[64];

	for (width -= hex ? 2 * count : count; width > 0; width--)
		*tapir_out(c, 1) = ' ';
	while (count > 0) {
		u32 size = min_t(s64, count, sizeof(bytes));
		char *at;

		if (!tapir_read(bytes, address, size, user))
			return false;
		at = tapir_out(c, hex ? 2 * size : size);
		if (hex)
			tapir_put_hex_bytes(at, at + 2 * size, bytes, size);
		else
			memcpy(at, bytes, size);
		address += size;
		count -= size;
	}
	return true;
}

/* The same into a string, cut at @end. NULL if it cannot be read any more. */
static noinline __maybe_unused char *tapir_put_memory(char *at, char *end, s64 address, s64 count,
						       bool hex, s64 width, bool user)
{
	u8 bytes[64];

	at = tapir_put_fill(at, end, ' ', width - (hex ? 2 * count : count));
	while (count > 0 && at < end) {
		u32 size = min_t(s64, count, sizeof(bytes));

		if (!tapir_read(bytes, address, size, user))
			return NULL;
		at = hex ? tapir_put_hex_bytes(at, end, bytes, size)
			 : tapir_put_text(at, end, (const char *)bytes, size);
		if (hex && end - at == 1)
			break;
		address += size;
		count -= size;
	}
	return at;
}

/* ------------------------------------------------------------------------ histograms */

#ifndef HIST_WIDTH
#define HIST_WIDTH 50
#endif
#ifndef HIST_ELISION
#define HIST_ELISION 2
#endif

static int tapir_digits(s64 value)
{
	char text[24];

	return (int)(tapir_put_dec(text, value) - text);
}

/* `kind`: -1 for logarithmic buckets, else linear with low and width. */
struct tapir_hist {
	const s64 *buckets;
	u32 count;
	bool log;
	s64 low, width;
};

static s64 tapir_hist_value(const struct tapir_hist *h, u32 bucket)
{
	if (h->log)
		return tapir_hist_log_value(bucket);
	if (bucket == 0)
		return h->low;
	if (bucket == h->count - 1)
		return h->low + (s64)(h->count - 3) * h->width;
	return h->low + (s64)(bucket - 1) * h->width;
}

/* Prints the chart, a line at a time, and an empty line. */
static noinline __maybe_unused void tapir_print_hist(struct tapir_ctx *c,
						     const struct tapir_hist *h)
{
	u32 first = 0, last = h->count - 1, b;
	s64 most = 0, scale = 1;
	int value_space = 5, count_space, zeros = 0;
	char *at, *end;

	while (first < last && !h->buckets[first])
		first++;
	while (last > first && !h->buckets[last])
		last--;
	{
		u32 low = h->log ? 0 : 1, high = h->log ? h->count - 1 : h->count - 2;
		u32 margin = HIST_ELISION >= 0 ? HIST_ELISION : 2;

		/* No negative rows where nothing is negative. */
		if (h->log && first >= TAPIR_HIST_LOG_ZERO)
			low = TAPIR_HIST_LOG_ZERO;
		/* The rows for what is out of range stand only if something is. */
		if (first >= low)
			first = first - low > margin ? first - margin : low;
		if (last <= high)
			last = high - last > margin ? last + margin : high;
	}
	for (b = first; b <= last; b++) {
		int outside = !h->log && (b == 0 || b == h->count - 1);

		if (h->buckets[b] > most)
			most = h->buckets[b];
		value_space = max(value_space, tapir_digits(tapir_hist_value(h, b)) + outside);
	}
	count_space = tapir_digits(most);
	if (most > HIST_WIDTH)
		scale = (most + HIST_WIDTH - 1) / HIST_WIDTH;

	at = tapir_out(c, 256);
	end = at + 256;
	at = tapir_put_string(at, end, "value", 0, value_space, -1);
	at = tapir_put_text(at, end, " |", 2);
	at = tapir_put_fill(at, end, '-', HIST_WIDTH);
	at = tapir_put_text(at, end, " count\n", 7);
	tapir_out_undo(c, end - at);

	for (b = first; b <= last; b++) {
		s64 bars, i;
		char text[24], *put = text;

		if (HIST_ELISION >= 0 && !h->buckets[b]) {
			/* How many empty rows stand on either side of this one, with itself. */
			u32 before = 0, after = 0;

			while (b - before > first && !h->buckets[b - before - 1])
				before++;
			while (b + after < last && !h->buckets[b + after + 1])
				after++;
			if (before >= HIST_ELISION && after >= HIST_ELISION) {
				if (!zeros) {
					at = tapir_out(c, 64);
					end = at + 64;
					at = tapir_put_fill(at, end, ' ', value_space + 1);
					at = tapir_put_text(at, end, "~\n", 2);
					tapir_out_undo(c, end - at);
				}
				zeros = 1;
				continue;
			}
		}
		zeros = 0;
		at = tapir_out(c, 256);
		end = at + 256;
		if (!h->log && b == 0)
			*put++ = '<';
		if (!h->log && b == h->count - 1)
			*put++ = '>';
		put = tapir_put_dec(put, tapir_hist_value(h, b));
		*put = 0;
		at = tapir_put_string(at, end, text, 0, value_space, -1);
		at = tapir_put_text(at, end, " |", 2);
		bars = h->buckets[b] / scale;
		for (i = 0; i < bars; i++)
			*at++ = '@';
		at = tapir_put_number(at, end, h->buckets[b], 10, true, 0,
				      HIST_WIDTH - bars + 1 + count_space, -1);
		at = tapir_put_text(at, end, "\n", 1);
		tapir_out_undo(c, end - at);
	}
	*tapir_out(c, 1) = '\n';
}

#endif
