// Preloaded over glibc's allocator: counts every allocation of the process, and fills what it gives out with NaN on
// request (0xFF in every byte is one, in float and in double).
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

static atomic_long allocations;
static atomic_int poisoning;

long count_allocations(void) { return atomic_load(&allocations); }
void poison_allocations(int on) { atomic_store(&poisoning, on); }

static void* given_out(void* memory, size_t size) {
    atomic_fetch_add(&allocations, 1);
    if (memory != NULL && atomic_load(&poisoning)) memset(memory, 0xFF, size);
    return memory;
}

void* malloc(size_t size) { return given_out(__libc_malloc(size), size); }
void* memalign(size_t alignment, size_t size) { return given_out(__libc_memalign(alignment, size), size); }
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** memory, size_t alignment, size_t size) {
    *memory = memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

void* calloc(size_t count, size_t size) {
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(count, size);
}

void* realloc(void* old, size_t size) {
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(old, size);
}
