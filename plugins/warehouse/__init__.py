"""An inventory that other programs call: the example of services, across processes.

``inventory`` is the interface, ``stock`` the implementation here, ``orders`` a program that calls
it from a process of its own, without Django.
"""
