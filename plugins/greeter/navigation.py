from __future__ import annotations

from hub.sdk import MenuEntry

navigation = [MenuEntry("Say hello", link="/pages/greeter/hello/World", icon="waving_hand")]
