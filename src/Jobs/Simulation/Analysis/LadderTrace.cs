namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>
/// What the analysis keeps of the frames of one ladder (K replicas that exchange rungs; K = 1 without exchange): numbers by column, in the
/// order of the steps. Ladders never meet, so each is an independent experiment.
/// </summary>
public sealed class LadderTrace
{
    /// <summary>An empty trace.</summary>
    /// <param name="name">For people: "replica 3", "task 1, ladder 0".</param>
    /// <param name="torsions">Angles a row.</param>
    public LadderTrace(string name, int torsions) => (Name, Angles) =
        (name, [.. Enumerable.Range(0, torsions).Select(_ => new List<float>())]);

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>[rows] steps done.</summary>
    public List<long> Steps { get; } = [];

    /// <summary>[rows] 0 .. K - 1 within the ladder: a continuous trajectory.</summary>
    public List<int> Replicas { get; } = [];

    /// <summary>[rows] 0 is the target.</summary>
    public List<int> Rungs { get; } = [];

    /// <summary>[rows] U of the target, whatever the rung, kJ/mol.</summary>
    public List<double> PotentialEnergies { get; } = [];

    /// <summary>[rows] kJ/mol.</summary>
    public List<double> KineticEnergies { get; } = [];

    /// <summary>[rows] U_1, the unscaled energy of the terms that a Hamiltonian ladder scales, kJ/mol; 0 without one.</summary>
    public List<double> ScaledEnergies { get; } = [];

    /// <summary>[rows] nm^3; 0 at constant volume.</summary>
    public List<double> Volumes { get; } = [];

    /// <summary>[torsions][rows] rad.</summary>
    public IReadOnlyList<List<float>> Angles { get; }

    public int Count => Steps.Count;

    /// <summary>Adds a row.</summary>
    public void Add(long step, int replica, int rung, double potential, double kinetic, ReadOnlySpan<float> angles, double scaled = 0,
        double volume = 0)
    {
        Steps.Add(step);
        Replicas.Add(replica);
        Rungs.Add(rung);
        PotentialEnergies.Add(potential);
        KineticEnergies.Add(kinetic);
        ScaledEnergies.Add(scaled);
        Volumes.Add(volume);
        for (int t = 0; t < Angles.Count; t++)
            Angles[t].Add(angles[t]);
    }
}
