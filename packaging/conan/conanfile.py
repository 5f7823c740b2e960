"""Conan 2 recipe: conan create packaging/conan. Builds the tree that it lies in; needs Rust, and CMake's own package or the
system's. CMake projects find the same targets as without Conan: rtm_call::rtm_call, ::static, ::cpp and ::agora."""

import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rm

TOP = os.path.join("..", "..")


class RtmCall(ConanFile):
    name = "rtm-call"
    license = "MIT OR Apache-2.0"
    description = "Call invitations for C and C++ applications: ring, accept, refuse, cancel"
    topics = ("call", "invitation", "signalling")
    settings = "os", "arch", "compiler", "build_type"
    # Both kinds of library are in the package; the target that is linked chooses.
    package_type = "shared-library"

    def set_version(self):  # written once, in Cargo.toml
        manifest = load(self, os.path.join(self.recipe_folder, TOP, "Cargo.toml"))
        self.version = re.search(r'^version = "(.*)"', manifest, re.M).group(1)

    def export_sources(self):
        top = os.path.join(self.recipe_folder, TOP)
        for pattern in ("Cargo.*", "build.rs", "cbindgen.toml", "CMakeLists.txt", "LICENSE*"):
            copy(self, pattern, top, self.export_sources_folder)
        # benches and tests: Cargo.toml names them, and cargo looks whether they are there.
        for folder in ("src", "include", "cmake", "benches", "tests"):
            copy(self, "*", os.path.join(top, folder), os.path.join(self.export_sources_folder, folder))

    def layout(self):
        cmake_layout(self)

    def package_id(self):  # C ABI: the compiler does not matter, but for that of Windows's import library
        if self.info.settings.os != "Windows":
            del self.info.settings.compiler

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["RTM_CALL_BUILD_EXAMPLES"] = False
        toolchain.cache_variables["RTM_CALL_BUILD_TESTS"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE*", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        rm(self, "*.pc", os.path.join(self.package_folder, "lib", "pkgconfig"))  # Conan writes its own

    def package_info(self):
        # The package has its own CMake files, with more targets than Conan would make.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.set_property("pkg_config_name", "rtm_call")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "rtm_call")]
        self.cpp_info.libs = ["rtm_call"]
