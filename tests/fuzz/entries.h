#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

/// The bodies of the fuzz targets. libFuzzer calls them with what it invents (fuzz_main.cpp), the replay test
/// with the corpus, so that every compiler and sanitizer sees the same inputs. A broken invariant aborts.
namespace rdpwatch::fuzz {

using Input = std::span<const std::uint8_t>;

// One parser each.
void x224(Input input);  ///< tpkt and nego inside
void banner(Input input);
void tsrequest(Input input);
void spnego(Input input);
void ntlm(Input input);
void dns(Input input);  ///< one answer, as to a question for A and for AAAA

// Whole conversations. The first two bytes of the input choose the sizes of the pieces that the rest arrives
// in and how the stream ends.
void negotiation(Input input);
void credssp(Input input);

// The configuration: main file, included file, target list and the body of every URL, with NUL bytes between.
void configuration(Input input);
// The web configuration file; behind a NUL byte what each file holds that it names.
void web_file(Input input);

// The state on disk: the whole file, and the lines of one whose checksum is right.
void state(Input input);

struct Target {
  std::string_view name;  ///< of the folder below tests/corpus, too
  void (*run)(Input);
};

inline constexpr std::array kTargets = std::to_array<Target>({
    {"x224", x224},
    {"banner", banner},
    {"tsrequest", tsrequest},
    {"spnego", spnego},
    {"ntlm", ntlm},
    {"dns", dns},
    {"negotiation", negotiation},
    {"credssp", credssp},
    {"configuration", configuration},
    {"web_file", web_file},
    {"state", state},
});

}  // namespace rdpwatch::fuzz
