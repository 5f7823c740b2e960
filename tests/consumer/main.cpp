// The smallest program that uses the C++ header.
#include <iostream>
#include <rtm_call.hpp>

int main() {
    std::cout << rtm::version() << '\n';
    return 0;
}
