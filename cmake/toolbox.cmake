# Compiler cache, linker and sanitizers, each used if it is there or asked for.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(QUELL_SANITIZE)
  add_compile_options(-fsanitize=${QUELL_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${QUELL_SANITIZE})
endif()
