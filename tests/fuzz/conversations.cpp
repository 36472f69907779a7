#include <algorithm>
#include <optional>
#include <variant>

#include "probes/handshake/credssp.h"
#include "probes/handshake/negotiation.h"
#include "tests/fuzz/entries.h"
#include "tests/fuzz/invariant.h"

namespace rdpwatch::fuzz {
namespace {

/// What a peer does besides its bytes.
struct Script {
  std::size_t piece;  ///< bytes that arrive at a time, at least 1
  Cause end;          ///< how the stream ends when the bytes are used up
};

Script script_of(std::uint8_t piece, std::uint8_t end) {
  constexpr Cause kEnds[]{Cause::Closed, Cause::Reset, Cause::Timeout};
  return {std::size_t{piece} + 1, kEnds[end % std::size(kEnds)]};
}

void check(const Observation& observation) {
  invariant(!observation.detail.empty(), "a failure says what was seen");
  clean(observation.detail);
}

/// Drives a machine as a driver does. Everything it does must be what the contract of action.h allows.
template <class Machine>
handshake::Result<typename Machine::Output> converse(Machine machine, Input bytes, Script script) {
  auto action = machine.step({});
  const auto* send = std::get_if<handshake::Send>(&action);
  invariant(send != nullptr && !send->bytes.empty() && send->bytes.size() <= 512,
            "we speak first, and briefly");
  action = machine.step({});
  constexpr std::size_t kMostPieces = 32;  // more would only take time
  const auto smallest_piece = bytes.size() / kMostPieces;
  while (std::holds_alternative<handshake::Receive>(action)) {
    if (bytes.empty()) return std::unexpected{machine.interrupted(script.end)};
    const auto size = std::min(std::max(script.piece, smallest_piece), bytes.size());
    action = machine.step(bytes.first(size));
    bytes = bytes.subspan(size);
  }
  invariant(std::holds_alternative<handshake::Result<typename Machine::Output>>(action),
            "one request is all we send");
  return std::get<handshake::Result<typename Machine::Output>>(action);
}

struct Conversation {
  Script script;
  Input bytes;
};

std::optional<Conversation> conversation_of(Input input) {
  if (input.size() < 2) return std::nullopt;
  return Conversation{script_of(input[0], input[1]), input.subspan(2)};
}

}  // namespace

void negotiation(Input input) {
  const auto conversation = conversation_of(input);
  if (!conversation) return;
  const auto& [script, bytes] = *conversation;
  const auto in_pieces = converse(handshake::Negotiation{}, bytes, script);
  const auto at_once =
      converse(handshake::Negotiation{}, bytes, {std::max<std::size_t>(bytes.size(), 1), script.end});
  if (!in_pieces) check(in_pieces.error());
  // How the bytes were split must not matter, except that bytes behind a confirm may not have been seen yet.
  if (at_once) {
    invariant(in_pieces.has_value(), "a confirm is a confirm in pieces");
    invariant(in_pieces->selected_protocol == at_once->selected_protocol, "with the same protocol");
    invariant((at_once->selected_protocol & ~handshake::kOfferAll) == 0, "which was offered");
  } else if (at_once.error().cause != Cause::Malformed) {
    invariant(!in_pieces && in_pieces.error().cause == at_once.error().cause,
              "a cause does not depend on splits");
  }
}

void credssp(Input input) {
  const auto conversation = conversation_of(input);
  if (!conversation) return;
  const auto& [script, bytes] = *conversation;
  const auto in_pieces = converse(handshake::Credssp{}, bytes, script);
  const auto at_once =
      converse(handshake::Credssp{}, bytes, {std::max<std::size_t>(bytes.size(), 1), script.end});
  if (!in_pieces) check(in_pieces.error());
  invariant(in_pieces.has_value() == at_once.has_value(), "an answer does not depend on splits");
  if (!at_once) {
    invariant(in_pieces.error().cause == at_once.error().cause, "nor does its cause");
    invariant(in_pieces.error().code == at_once.error().code, "nor its code");
    return;
  }
  invariant(in_pieces->server_version == at_once->server_version, "nor the version");
  clean(at_once->challenge.computer);
}

}  // namespace rdpwatch::fuzz
