# The explorer: explorer/ bundled by esbuild into one page and laid into permille_report as bytes, for
# src/report/html_report.cc.

enable_language(ASM)

function(permille_explorer target)
  set(folder ${PROJECT_SOURCE_DIR}/explorer)
  find_program(PERMILLE_NODE NAMES node nodejs)
  if(NOT PERMILLE_NODE OR NOT EXISTS ${folder}/node_modules/esbuild)
    message(FATAL_ERROR "explorer: node or its packages are missing: run ./setup")
  endif()
  set(page ${PROJECT_BINARY_DIR}/explorer/explorer.html)
  set(assembly ${PROJECT_BINARY_DIR}/explorer/explorer_page.S)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/src/*)
  add_custom_command(
    OUTPUT ${page}
    COMMAND ${PERMILLE_NODE} ${folder}/build.mjs ${page}
    DEPENDS ${sources} ${folder}/build.mjs ${folder}/package-lock.json
    COMMENT "Bundling the explorer" VERBATIM)
  file(GENERATE OUTPUT ${assembly} CONTENT "\
#if defined(__ELF__)
.section .note.GNU-stack,\"\",%progbits
.section .rodata
#else
.const_data
#endif
.globl permille_explorer_page
permille_explorer_page:
.incbin \"${page}\"
.globl permille_explorer_page_end
permille_explorer_page_end:
.byte 0
")
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS ${page} LANGUAGE ASM GENERATED TRUE)
  target_sources(${target} PRIVATE ${assembly} ${page})
endfunction()
