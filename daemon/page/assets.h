#pragma once

#include <string>
#include <string_view>

namespace rdpwatch::daemon::page {

/// A file that pages ask for. Its address carries a fingerprint of the content, so browsers may keep it.
struct Asset {
  std::string address;
  std::string_view content_type;
  std::string_view content;
};

const Asset& style_asset();  ///< style.css
const Asset& icon_asset();   ///< icon.svg

}  // namespace rdpwatch::daemon::page
