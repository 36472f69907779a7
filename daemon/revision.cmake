# Writes the revision of the source tree into OUTPUT, only when it changed: run at every build, costs nothing.
# RDPWATCH_REVISION in the environment wins, for packages that are built from a tarball.
set(revision "$ENV{RDPWATCH_REVISION}")
if(NOT revision)
  execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(revision "unknown")
  endif()
endif()
set(text "#pragma once\n\nnamespace rdpwatch::daemon {\ninline constexpr char kRevision[] = \"${revision}\";\n}\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL "${before}")
  file(WRITE ${OUTPUT} "${text}")
endif()
