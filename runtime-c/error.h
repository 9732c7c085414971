/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * Run-time errors of handlers. Raising one only records text and place in the context; generated
 * code then unwinds by goto to the nearest catch, or out of the handler. Takes no locks.
 */
#ifndef TAPIR_ERROR_H
#define TAPIR_ERROR_H

#define TAPIR_EMPTY_AGGREGATE "empty aggregate"

/* `site`: "identifier 'x' at file:line:column". */
static __cold noinline void tapir_raise(struct tapir_ctx *c, const char *text, const char *site)
{
	if (!c->error) {
		c->error = text;
		c->error_site = site;
		c->error_calls = 0;
	}
}

static __cold noinline __printf(3, 4) void tapir_raisef(struct tapir_ctx *c, const char *site,
						       const char *format, ...)
{
	va_list args;

	if (c->error)
		return;
	va_start(args, format);
	vsnprintf(c->error_text, sizeof(c->error_text), format, args);
	va_end(args);
	c->error = c->error_text;
	c->error_site = site;
	c->error_calls = 0;
}

/* An error leaves a function that was called at @site; or it is the call's own, if it has no place. */
static __cold noinline __maybe_unused void tapir_called_from(struct tapir_ctx *c, const char *site)
{
	if (!c->error_site) {
		c->error_site = site;
		return;
	}
	c->error_calls += scnprintf(c->error_chain + c->error_calls,
				    sizeof(c->error_chain) - c->error_calls, " (called from %s)", site);
}

static __cold noinline void tapir_read_fault(struct tapir_ctx *c, s64 address, const char *site)
{
	tapir_raisef(c, site, "read fault [man error::fault] at 0x%llx", (unsigned long long)address);
}

static __cold noinline void tapir_write_fault(struct tapir_ctx *c, s64 address, const char *site)
{
	tapir_raisef(c, site, "write fault [man error::fault] at 0x%llx", (unsigned long long)address);
}

/*
 * Called when a handler has used up its actions: true if that is the end of it. Without time
 * limits it goes on, but gives way now and then where it may.
 */
#ifdef TAPIR_NO_TIME_LIMITS
static noinline __maybe_unused bool tapir_actions_over(struct tapir_ctx *c)
{
	c->actions = 10000;
	return tapir_relax(c);
}
#else
/* Nothing to call, so that nothing need be saved for it where actions are counted. */
static __always_inline bool tapir_actions_over(struct tapir_ctx *c)
{
	return true;
}
#endif

/*
 * How many rounds of a loop that counts from @low up to @high (or down) by @step the actions left
 * pay for, at @cost each and with one left over. The first round's condition is known to hold.
 */
static __always_inline __maybe_unused s64 tapir_rounds(s32 actions, u32 cost, s64 low, s64 high,
						       u32 step, bool inclusive)
{
	u64 way = (u64)high - (u64)low;
	u64 paid = actions > 0 ? (u32)(actions - 1) / cost : 0;

	return min(paid, (inclusive ? way : way - 1) / step + 1);
}

#endif
