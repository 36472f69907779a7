#include "probes/taxonomy/taxonomy.h"
namespace rdpwatch {}
