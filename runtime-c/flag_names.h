/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * Names of flags and values, from tables in the script library. Takes no locks.
 */
#ifndef TAPIR_FLAG_NAMES_H
#define TAPIR_FLAG_NAMES_H

/* A name for the bits `bits` under `mask`. */
struct __tapset_name {
	uint32_t mask;
	uint32_t bits;
	const char *name;
};

/* Names joined by `|`; bits without a name in hexadecimal; a table may name the value 0. */
static inline void __tapset_flags(char *out, uint32_t value, const struct __tapset_name *names,
					size_t count)
{
	uint32_t rest = value, fields = 0;
	size_t i, used = 0;

	for (i = 0; i < count; i++) {
		const struct __tapset_name *n = &names[i];

		if (n->bits != n->mask || !n->mask) { /* one value of a field, or of all */
			if (n->mask ? (value & n->mask) != n->bits || (fields & n->mask) : value != 0)
	continue;
			fields |= n->mask;
		} else if ((rest & n->mask) != n->mask) {
			continue;
		}
		rest &= ~n->mask;
		used += scnprintf(out + used, MAXSTRINGLEN - used, "%s%s", used ? "|" : "", n->name);
	}
	if (rest || !used)
		scnprintf(out + used, MAXSTRINGLEN - used, "%s0x%x", used ? "|" : "", rest);
}

/* The one name of a value, or the value in hexadecimal. */
static inline void __tapset_enum(char *out, uint64_t value, const struct __tapset_name *names,
				 size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if ((uint32_t)value == names[i].bits) {
			strscpy(out, names[i].name, MAXSTRINGLEN);
			return;
		}
	}
	scnprintf(out, MAXSTRINGLEN, "0x%llx", (unsigned long long)value);
}

#endif /* TAPIR_FLAG_NAMES_H */
