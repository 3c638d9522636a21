# add_module(tasks DEPENDS base LIBS fmt::fmt): the folder's *.cc as one static library. Beside it
#   <name>_linkcheck  the whole archive linked with its declared dependencies alone, so that a symbol
#                     borrowed from a layer above fails the build (target `linkchecks`)
#   <name>_test       all *_test.cc, each test a ctest with a timeout (target `unit_tests`)
#   <name>_bench      all *_bench.cc, with QUELL_BENCH (target `benchmarks`)
#   each *_fuzz.cc    a libFuzzer binary, with QUELL_FUZZ (target `fuzzers`)
# Headers that no *.cc of the same name includes first must compile alone (target
# `all_verify_interface_header_sets`); the others prove it whenever their *.cc is compiled.
include(GoogleTest)

add_custom_target(linkchecks)
add_custom_target(unit_tests)
add_custom_target(benchmarks)
add_custom_target(fuzzers)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)
set(QUELL_TEST_TIMEOUT 120)
if(QUELL_SANITIZE)  # a generator expression would trip over its comma
  set(QUELL_TEST_TIMEOUT 400)
endif()

function(add_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBS;TEST_DEPENDS" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|_fuzz|/main)\\.cc$")
  foreach(kind test bench fuzz)
    set(${kind} ${all})
    list(FILTER ${kind} INCLUDE REGEX "_${kind}\\.cc$")
  endforeach()

  set(scope PUBLIC)
  if(sources)
    add_library(${name} STATIC ${sources})
    add_executable(${name}_linkcheck EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/empty_main.cc)
    target_link_libraries(${name}_linkcheck PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${name}>")
    add_dependencies(linkchecks ${name}_linkcheck)
  else()  # headers only, so far
    set(scope INTERFACE)
    add_library(${name} INTERFACE)
  endif()
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} ${scope} ${arg_DEPENDS} ${arg_LIBS} Threads::Threads)
  verify_headers(${name} ${scope})

  if(test)
    add_companion(${name}_test unit_tests "${test}" GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}/ DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         PROPERTIES LABELS ${name} TIMEOUT ${QUELL_TEST_TIMEOUT})
  endif()
  if(QUELL_BENCH AND bench)
    add_companion(${name}_bench benchmarks "${bench}" benchmark::benchmark_main GTest::gtest)
  endif()
  if(QUELL_FUZZ)
    foreach(source ${fuzz})
      get_filename_component(target ${source} NAME_WE)
      add_companion(${target} fuzzers ${source})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      # A second of it is an ordinary test; `make fuzz` runs them longer.
      add_test(NAME ${name}/${target} COMMAND ${target} -max_total_time=1)
      set_tests_properties(${name}/${target} PROPERTIES LABELS ${name} TIMEOUT 120)
    endforeach()
  endif()
endfunction()

# An executable beside the library `name`, built by `all` and by the target `group`.
macro(add_companion target group files)
  add_executable(${target} ${files})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(${target} PRIVATE ${name} ${arg_TEST_DEPENDS} ${ARGN})
  add_dependencies(${group} ${target})
endmacro()

function(verify_headers name scope)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  list(FILTER headers EXCLUDE REGEX "_fixture\\.h$")  # what several *_test.cc of a folder share
  foreach(header ${headers})
    string(REGEX REPLACE "\\.h$" ".cc" source ${header})
    if(NOT EXISTS ${source})
      list(APPEND alone ${header})
    endif()
  endforeach()
  if(alone)
    target_sources(${name} ${scope} FILE_SET alone TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src
                   FILES ${alone})
  endif()
endfunction()
