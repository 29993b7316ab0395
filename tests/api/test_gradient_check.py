"""`Network.gradcheck`: what `cnn gradcheck` calls."""

import pytest

import cnncli


def test_gradcheck_of_a_network():
    network = cnncli.Network.parse("INPUT(4x3x1)-CONV3-2-TANH-FC-2")
    seen = []
    found = network.gradcheck(each=seen.append)
    assert list(found.layers) == ["conv1", "tanh1", "fc1"]
    assert [one.layer for one in seen] == [*found.layers, None]
    assert found.worst.error == max(one.worst.error for one in seen)
    assert found.worst.compared == sum(one.worst.compared for one in seen)
    assert found.wrong() == []
    assert found.wrong(0) == [one.worst for one in seen if one.worst.error > 0]
    assert repr(found).splitlines()[-1].startswith("network ")
    assert network.gradcheck(everything=True, seed=1).network.compared == 70
    with pytest.raises(cnncli.ConfigError):
        cnncli.Network.parse("INPUT(7x7x1)-CONV(F=2,S=2,P=0)-FC(K=2)").gradcheck()
