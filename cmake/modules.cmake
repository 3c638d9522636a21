# add_module(tasks DEPENDS base LIBS fmt::fmt): the folder's *.cc as one static library. Beside it
#   <name>_linkcheck  the whole archive linked with its declared dependencies alone, so that a symbol
#                     borrowed from a layer above fails the build (target `linkchecks`)
#   <name>_test       all *_test.cc
#   <name>_bench      all *_bench.cc, with QUELL_BENCH
#   each *_fuzz.cc    a libFuzzer binary, with QUELL_FUZZ

add_custom_target(linkchecks)
add_custom_target(unit_tests)
add_custom_target(fuzzers)

function(add_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBS;TEST_DEPENDS" ${ARGN})
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${all})
  set(benches ${all})
  set(fuzzers ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER all EXCLUDE REGEX "(_test|_bench|_fuzz|/main)\\.cc$")
  if(NOT all)  # headers only, so far
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} INTERFACE ${arg_DEPENDS} ${arg_LIBS} Threads::Threads)
    return()
  endif()

  add_library(${name} STATIC ${all})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(${name} PUBLIC SPDLOG_FMT_EXTERNAL)
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS} ${arg_LIBS} Threads::Threads)

  add_executable(${name}_linkcheck EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/cmake/empty_main.cc)
  target_link_libraries(${name}_linkcheck PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${name}>")
  add_dependencies(linkchecks ${name}_linkcheck)

  if(tests)
    add_executable(${name}_test ${tests})
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/test)
    target_link_libraries(${name}_test PRIVATE ${name} ${arg_TEST_DEPENDS} GTest::gmock
                          GTest::gtest_main)
    add_dependencies(unit_tests ${name}_test)
    add_test(NAME ${name}_test COMMAND ${name}_test --gtest_brief=1)
    set_tests_properties(${name}_test PROPERTIES TIMEOUT 600)
  endif()

  if(QUELL_BENCH AND benches)
    find_package(benchmark REQUIRED)
    add_executable(${name}_bench ${benches})
    target_include_directories(${name}_bench PRIVATE ${PROJECT_SOURCE_DIR}/test)
    target_link_libraries(${name}_bench PRIVATE ${name} ${arg_TEST_DEPENDS} benchmark::benchmark_main)
  endif()

  if(QUELL_FUZZ)
    foreach(source ${fuzzers})
      get_filename_component(target ${source} NAME_WE)
      add_executable(${target} ${source})
      target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/test)
      target_link_libraries(${target} PRIVATE ${name} ${arg_TEST_DEPENDS})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzzers ${target})
      # A second of it is an ordinary test; `make fuzz` runs them longer.
      add_test(NAME ${target} COMMAND ${target} -max_total_time=1 -print_final_stats=0)
    endforeach()
  endif()
endfunction()
