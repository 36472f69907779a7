# What is installed where, and the Debian package made of it:
#   cmake --build --preset release --target rdpwatch && (cd build/release && cpack -G DEB)
# Only the daemon needs to be built. tests/package checks the package.
if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX /usr CACHE PATH "where the unit expects the program" FORCE)
endif()
include(GNUInstallDirs)

set(CPACK_PACKAGE_NAME rdpwatch)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "rdpwatch maintainers <maintainers@rdpwatch.invalid>")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${CPACK_PACKAGE_CONTACT})

install(TARGETS rdpwatch RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES systemd/rdpwatch.service DESTINATION /lib/systemd/system)
install(FILES deploy/debian/rdpwatch.yaml DESTINATION /etc/rdpwatch)

# Rules, dashboards and the runbook, as far as they are there.
set(RDPWATCH_SHARE ${CMAKE_INSTALL_DATADIR}/rdpwatch)
foreach(part prometheus alertmanager grafana)
  if(IS_DIRECTORY ${CMAKE_SOURCE_DIR}/deploy/${part})
    install(DIRECTORY deploy/${part} DESTINATION ${RDPWATCH_SHARE}
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
      PATTERN grafana/generate EXCLUDE PATTERN grafana/source EXCLUDE)
  endif()
endforeach()
install(FILES deploy/runbook.md DESTINATION ${RDPWATCH_SHARE} OPTIONAL)
install(FILES config/rdpwatch.schema.json DESTINATION ${RDPWATCH_SHARE})

set(completions ${CMAKE_SOURCE_DIR}/deploy/completions)
install(FILES ${completions}/rdpwatch.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME rdpwatch)
install(FILES ${completions}/rdpwatch.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _rdpwatch)
install(FILES ${completions}/rdpwatch.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# rdpwatch_install_compressed(FILE DESTINATION NAME): as Debian asks for it, the same bytes each time.
function(rdpwatch_install_compressed file destination name)
  set(compressed ${CMAKE_BINARY_DIR}/packaging/${name}.gz)
  install(CODE "file(MAKE_DIRECTORY \"${CMAKE_BINARY_DIR}/packaging\")
execute_process(COMMAND gzip -9nc \"${file}\" OUTPUT_FILE \"${compressed}\" COMMAND_ERROR_IS_FATAL ANY)")
  install(FILES ${compressed} DESTINATION ${destination})
endfunction()

set(documents ${CMAKE_INSTALL_DATADIR}/doc/rdpwatch)
configure_file(deploy/debian/changelog.in ${CMAKE_BINARY_DIR}/packaging/changelog @ONLY)
rdpwatch_install_compressed(${CMAKE_BINARY_DIR}/packaging/changelog ${documents} changelog)
rdpwatch_install_compressed(${CMAKE_SOURCE_DIR}/CHANGELOG.md ${documents} CHANGELOG.md)
rdpwatch_install_compressed(${CMAKE_SOURCE_DIR}/deploy/man/rdpwatch.1 ${CMAKE_INSTALL_MANDIR}/man1 rdpwatch.1)
install(CODE "execute_process(COMMAND \"${CMAKE_SOURCE_DIR}/deploy/man/configuration_page\"
  \"${CMAKE_SOURCE_DIR}/config/rdpwatch.schema.json\"
  OUTPUT_FILE \"${CMAKE_BINARY_DIR}/packaging/rdpwatch.yaml.5\" COMMAND_ERROR_IS_FATAL ANY)")
rdpwatch_install_compressed(${CMAKE_BINARY_DIR}/packaging/rdpwatch.yaml.5 ${CMAKE_INSTALL_MANDIR}/man5 rdpwatch.yaml.5)
install(FILES deploy/debian/copyright DESTINATION ${documents})
install(FILES config/rdpwatch.example.yaml DESTINATION ${documents}/examples)

# The package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "monitor that says why an RDP host will refuse a session")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "rdpwatch climbs the same steps as the Windows Remote Desktop client\n\
against every host of a list, on a schedule, and classifies what stops it:\n\
at which phase, for which reason, and with which codes a user would see it.\n\
It exports Prometheus metrics, serves a status page, and needs no account\n\
on the hosts that it watches.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
file(WRITE ${CMAKE_BINARY_DIR}/packaging/conffiles "/etc/rdpwatch/rdpwatch.yaml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_SOURCE_DIR}/deploy/debian/postinst ${CMAKE_SOURCE_DIR}/deploy/debian/prerm
  ${CMAKE_SOURCE_DIR}/deploy/debian/postrm ${CMAKE_BINARY_DIR}/packaging/conffiles)
include(CPack)
