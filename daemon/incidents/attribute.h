#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "daemon/incidents/cause_group.h"
#include "probes/report.h"

namespace rdpwatch::daemon::incidents {

/// What targets may have in common. A new kind (the last hop that answered, say) needs its word here, what
/// bears_on() says of it, and a slot in Verdicts when it comes from reports.
enum class AttributeKind : std::uint8_t { Label, Subnet, Resolver, Issuer, Vantage };

inline constexpr std::array kAttributeKinds{AttributeKind::Label, AttributeKind::Subnet,
                                            AttributeKind::Resolver, AttributeKind::Issuer,
                                            AttributeKind::Vantage};

std::string_view to_string(AttributeKind kind);

struct Attribute {
  AttributeKind kind{};
  std::string name{};   ///< of the label, else the word of the kind
  std::string value{};  ///< "fra", "10.1.2.0/24", "2001:db8:1:2::/64", "10.0.0.53", "CN=Corp CA"
  auto operator<=>(const Attribute&) const = default;
};

/// What every target has: that it is watched from here.
Attribute vantage();

/// Those that the configuration gives: the vantage, each label, and the resolver unless the host is an
/// address.
std::vector<Attribute> configured_attributes(const config::Target& target);

/// The /24 or /64 of an address literal; nothing for any other text.
std::optional<Attribute> subnet_of(std::string_view address);

/// Nothing when the certificate signed itself: such an issuer is the host's own.
std::optional<Attribute> issuer_of(const Certificate& certificate);

/// Whether sharing an attribute of this kind can explain failures of this group: a name server breaks names
/// and nothing else, an issuer certificates, and a name that has no address is in no subnet. What we lack
/// ourselves (descriptors, ports, the leave to open a socket) is a matter of the vantage alone.
bool bears_on(AttributeKind kind, const CauseGroup& cause);

/// Of two attributes that the same targets share, the one to name has the smaller number.
int rank_of(const Attribute& attribute);

}  // namespace rdpwatch::daemon::incidents
