#include <jemalloc/jemalloc.h>

/// Why jemalloc: a climb in TLS takes 45 KB for milliseconds, and its report 3 KB that stay until the next
/// one. Side by side in one heap, the reports keep what a wave of stalled climbs took from going back to the
/// system (measured with glibc: 88 MiB a minute after such a wave, 63 without one). jemalloc keeps sizes
/// apart.
///
/// One arena: probe threads are few and have caches of their own. What is free goes back after a second, by a
/// thread that nobody waits for.
extern "C" {
const char* malloc_conf = "narenas:1,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}
