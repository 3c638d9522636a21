# Flags, compiler cache, linker and sanitizers; the tools are used if they are there.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_DEBUG "-O1")  # as quick to compile as -O0 with g++ 12, and tests run faster
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
add_compile_definitions($<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
# Designated initialisers leave out what has a default, on purpose; g++ 12 warns of it.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Werror -Wno-missing-field-initializers -g1)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False with optimisation: for "x" + std::string (PR105651), for an empty optional<std::string>.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-deprecated-declarations)  # stable_sort of libstdc++ 12 in C++20
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Paths relative to the tree and no build directory in the key: a second clone finds the first one's.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1
                                  CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(QUELL_SANITIZE)
  # vptr wants the type information of libraries that were built without it.
  add_compile_options(-fsanitize=${QUELL_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${QUELL_SANITIZE} -fno-sanitize=vptr)
endif()
if(QUELL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
