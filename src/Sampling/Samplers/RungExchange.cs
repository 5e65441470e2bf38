namespace MolSampling.Sampling.Samplers;

/// <summary>
/// Who is on which rung of M independent ladders of K rungs, and how they change places: even and odd pairs of neighbours in turn, with
/// probability min(1, exp(log acceptance)) of <see cref="Ladder.LogAcceptance"/>; several sweeps a step let the order of the ladder relax
/// (J. D. Chodera, M. R. Shirts, J. Chem. Phys. 135 (2011) 194110). Ladders never meet. Walker w starts on rung w mod K of ladder w / K.
/// </summary>
internal sealed class RungExchange
{
    private readonly Ladder _ladder;
    private readonly ulong _key;
    private readonly int[] _walkerAt; // [ladder, rung]
    private readonly long[] _proposed, _accepted;

    /// <param name="ladder">K rungs.</param>
    /// <param name="ladders">M.</param>
    /// <param name="random">The stream of the swaps.</param>
    public RungExchange(Ladder ladder, int ladders, RandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ladders);
        (_ladder, _key) = (ladder, random.Key);
        _walkerAt = [.. Enumerable.Range(0, ladders * ladder.Count)];
        Rungs = [.. _walkerAt.Select(w => w % ladder.Count)];
        (_proposed, _accepted) = (new long[ladder.Count - 1], new long[ladder.Count - 1]);
    }

    /// <summary>[M K] the rung of each walker.</summary>
    public int[] Rungs { get; }

    /// <summary>[K - 1] swaps tried between rung k and k + 1.</summary>
    public IReadOnlyList<long> Proposed => _proposed;

    /// <summary>[K - 1] swaps made.</summary>
    public IReadOnlyList<long> Accepted => _accepted;

    /// <summary>[K - 1] swaps made of those tried; NaN where none was.</summary>
    public IReadOnlyList<double> Acceptances => [.. _proposed.Select((n, k) => n == 0 ? double.NaN : (double)_accepted[k] / n)];

    /// <summary>The walker on a rung.</summary>
    public int WalkerAt(int ladder, int rung) => _walkerAt[ladder * _ladder.Count + rung];

    /// <summary>Forgets the counts.</summary>
    public void ResetCounts()
    {
        Array.Clear(_proposed);
        Array.Clear(_accepted);
    }

    /// <summary>Takes over rungs and counts.</summary>
    /// <param name="rungs">[M K], every rung of every ladder once.</param>
    /// <param name="proposed">[K - 1].</param>
    /// <param name="accepted">[K - 1].</param>
    public void Restore(IReadOnlyList<int> rungs, IReadOnlyList<long> proposed, IReadOnlyList<long> accepted)
    {
        for (int walker = 0; walker < Rungs.Length; walker++)
        {
            Rungs[walker] = rungs[walker];
            _walkerAt[walker / _ladder.Count * _ladder.Count + rungs[walker]] = walker;
        }
        for (int k = 0; k < _proposed.Length; k++)
            (_proposed[k], _accepted[k]) = (proposed[k], accepted[k]);
    }

    /// <summary>One sweep over all ladders.</summary>
    /// <param name="number">Of the sweep: its parity says which pairs try, and its random numbers follow from it.</param>
    /// <param name="energies">[M K] U of each walker at lambda = 1, kJ/mol; NaN never swaps.</param>
    /// <param name="scaled">[M K] U_1 of each walker.</param>
    /// <param name="moved">Told of every walker that has a new rung: walker, from, to.</param>
    /// <param name="isOut">Walkers that do not take part; null for none.</param>
    /// <returns>Whether any two swapped.</returns>
    public bool Sweep(long number, ReadOnlySpan<double> energies, ReadOnlySpan<double> scaled, Action<int, int, int> moved,
        IReadOnlyList<bool>? isOut = null)
    {
        int rungs = _ladder.Count;
        bool any = false;
        for (int first = 0; first < _walkerAt.Length; first += rungs)
        {
            for (int rung = (int)(number & 1); rung + 1 < rungs; rung += 2)
            {
                int low = _walkerAt[first + rung], high = _walkerAt[first + rung + 1];
                if (isOut is not null && (isOut[low] || isOut[high]))
                    continue;
                _proposed[rung]++;
                (uint a, uint b, _, _) = Philox.Words(_key, (ulong)(first + rung), (ulong)number);
                if (!(Philox.Uniform(a, b) < Math.Exp(_ladder.LogAcceptance(rung, rung + 1, energies[low], energies[high], scaled[low],
                    scaled[high]))))
                    continue;
                _accepted[rung]++;
                any = true;
                (_walkerAt[first + rung], _walkerAt[first + rung + 1]) = (high, low);
                (Rungs[low], Rungs[high]) = (rung + 1, rung);
                moved(low, rung, rung + 1);
                moved(high, rung + 1, rung);
            }
        }
        return any;
    }
}
