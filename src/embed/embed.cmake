# libpermille: everything below src/embed in one shared library that exports permille_* and nothing else.
# Included by permille_library(); the component `libpermille` installs it without the program.

if(NOT TARGET permille_embed)
  return()
endif()
include(CMakePackageConfigHelpers)

target_include_directories(permille_embed PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)

add_library(permille_shared SHARED $<TARGET_OBJECTS:permille_embed>)
add_library(permille::permille ALIAS permille_shared)
set_target_properties(permille_shared PROPERTIES
  OUTPUT_NAME permille EXPORT_NAME permille LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/exports.map)
target_link_libraries(permille_shared PRIVATE permille_meter permille_power permille_catalog)
target_link_options(permille_shared PRIVATE
  LINKER:--version-script=${CMAKE_CURRENT_LIST_DIR}/exports.map LINKER:--gc-sections LINKER:--as-needed)
if(NOT PERMILLE_SANITIZE)  # a sanitizer's own symbols come from the program that loads the library
  target_link_options(permille_shared PRIVATE LINKER:-z,defs)
endif()
target_include_directories(permille_shared INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/permille)
set(made_dir ${PROJECT_BINARY_DIR}/libpermille)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/permilleConfig.cmake.in ${made_dir}/permilleConfig.cmake
                              INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${made_dir}/permilleConfigVersion.cmake COMPATIBILITY SameMinorVersion)
# pkg-config finds the prefix from where the .pc file lies, so that the tree may be moved.
file(RELATIVE_PATH prefix_from_pc /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(${CMAKE_CURRENT_LIST_DIR}/permille.pc.in ${made_dir}/permille.pc @ONLY)

install(TARGETS permille_shared EXPORT permille
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libpermille)
install(EXPORT permille NAMESPACE permille:: FILE permilleTargets.cmake DESTINATION ${config_dir}
        COMPONENT libpermille)
install(FILES ${made_dir}/permilleConfig.cmake ${made_dir}/permilleConfigVersion.cmake
        DESTINATION ${config_dir} COMPONENT libpermille)
install(FILES ${made_dir}/permille.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT libpermille)
install(FILES ${PROJECT_SOURCE_DIR}/include/permille/permille.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/permille COMPONENT libpermille)
install(FILES ${PROJECT_SOURCE_DIR}/bindings/permille.py
        DESTINATION ${CMAKE_INSTALL_DATADIR}/permille/bindings COMPONENT libpermille)
# The catalog of TDPs; the rest of share/permille comes with the program.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/catalog DESTINATION ${CMAKE_INSTALL_DATADIR}/permille
        COMPONENT libpermille)
