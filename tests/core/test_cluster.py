"""How a cluster is named: by address, by client, by what joblib was told; and by nobody."""

import gc

import distributed
import joblib
import pytest

from sightbits.core import cluster
from sightbits.core.checks import InputError
from sightbits.core.cluster import cluster_client, cluster_or_threads


def test_a_client_that_was_given_stays_open_and_one_of_ours_is_closed(client: distributed.Client) -> None:
    with cluster_client(client) as found:
        assert found is client
    assert client.status == "running"
    with pytest.raises(KeyError, match="of its own"), cluster_client(client.scheduler.address) as found:
        assert found is not client
        assert found.submit(int, "7").result() == 7
        assert distributed.default_client() is client
        raise KeyError("of its own")
    assert found.status == "closed"


SAID = r"^scheduler: wanted the address of a Dask scheduler that answers, got '?(nowhere|tcp://127.0.0.1:1|7)'? \("


@pytest.mark.parametrize("address", ["nowhere", 7])
def test_what_is_no_address_is_said(address: object) -> None:
    with pytest.raises(InputError, match=SAID), cluster_client(address, patience="1s"):
        pass


def test_an_address_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", "100ms")
    with pytest.raises(InputError, match=SAID), cluster_or_threads("tcp://127.0.0.1:1"):
        pass


@pytest.mark.parametrize("address", ["nowhere", 7, "tcp://127.0.0.1:1"])
def test_nothing_is_left_of_a_client_that_failed(address: object) -> None:
    gc.disable()  # what collects it by chance may do so while another is made, which then waits for ever
    try:
        with pytest.raises(InputError, match=SAID), cluster_client(address, patience="100ms"):
            pass
        clients = [one for one in gc.get_objects() if type(one) is distributed.Client]
    finally:
        gc.enable()
    assert all(one.status in ("running", "closed") for one in clients)


def named() -> object:
    with cluster_or_threads(None) as found:
        return found if found is None else found.id


def test_what_joblib_was_told_counts_where_nothing_else_is_named(client: distributed.Client) -> None:
    assert named() is None
    with joblib.parallel_config("threading"):
        assert named() is None
    with joblib.parallel_config("dask", client=client):
        assert named() == client.id
        assert joblib.Parallel()([joblib.delayed(named)()]) == [None], "within a task it would wait for itself"
        with cluster_or_threads(client.scheduler.address) as found:
            assert found is not client
