/*
 * The module from C, without any WebAssembly engine: wabt's wasm2c makes C of it, which is compiled
 * into this program. Checks scripts and prints what was found, for people.
 *
 *     wasm2c -n tapir -o tapir_check.c build/tapir-check.wasm
 *     gcc -O1 -w -I. -I/usr/share/wabt/wasm2c -o check wasm/embed/check.c tapir_check.c \
 *         /usr/share/wabt/wasm2c/wasm-rt-impl.c -lm
 *     ./check FILE...
 *
 * The names in the next lines are those that wabt 1.0.32 (Debian 12) makes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tapir_check.h"

#define CALL(name) Z_tapirZ_tapir_##name
typedef Z_tapir_instance_t instance;

static instance module;

/* Where an offset of the module's memory lies. Any call can move the memory. */
static uint8_t *at(u32 offset)
{
	return Z_tapirZ_memory(&module)->data + offset;
}

/* Copies bytes into the module; the call that they are passed to frees them. */
static u32 put(const void *bytes, u32 length)
{
	u32 to = CALL(alloc)(&module, length);

	memcpy(at(to), bytes, length);
	return to;
}

static void add_script(const char *name, const void *text, u32 length)
{
	u32 name_length = strlen(name);
	u32 name_at = put(name, name_length);
	u32 text_at = put(text, length);

	CALL(add_file)(&module, name_at, name_length, text_at, length, 0);
}

static void print_result(FILE *to)
{
	fwrite(at(CALL(result)(&module)), 1, CALL(result_length)(&module), to);
}

static void set_options(const char *json)
{
	if (CALL(set_options)(&module, put(json, strlen(json)), strlen(json)) != 0) {
		print_result(stderr);
		exit(2);
	}
}

/* The whole file in memory of its own. */
static char *read_file(const char *name, u32 *length)
{
	FILE *file = fopen(name, "rb");
	char *text = NULL;
	size_t size = 0, got;

	if (file == NULL) {
		perror(name);
		exit(2);
	}
	do {
		text = realloc(text, size + 65536);
		if (text == NULL)
			abort();
		got = fread(text + size, 1, 65536, file);
		size += got;
	} while (got > 0);
	fclose(file);
	*length = size;
	return text;
}

int main(int argc, char **argv)
{
	u32 errors = 0;

	wasm_rt_init();
	Z_tapir_init_module();
	Z_tapir_instantiate(&module);
	if (CALL(abi)(&module) != 1) {
		fprintf(stderr, "the module speaks another version of the interface\n");
		return 2;
	}
	set_options("{\"format\":\"human\"}");
	for (int i = 1; i < argc; i++) {
		u32 length;
		char *text = read_file(argv[i], &length);

		CALL(forget_scripts)(&module);
		add_script(argv[i], text, length);
		free(text);
		errors += CALL(check)(&module, 0);
		print_result(stdout);
	}
	Z_tapir_free(&module);
	wasm_rt_free();
	return errors == 0 ? 0 : 1;
}
