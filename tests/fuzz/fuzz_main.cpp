#include "tests/fuzz/entries.h"

/// libFuzzer's door. RDPWATCH_FUZZ_TARGET is the function that CMake chose for this binary.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rdpwatch::fuzz::RDPWATCH_FUZZ_TARGET({data, size});
  return 0;
}
