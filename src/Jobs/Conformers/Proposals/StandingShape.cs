using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>The shape that a walker had when it was last asked for. Most jumps are refused, and the next begins at the same
/// place.</summary>
internal sealed class StandingShape(AtomProposal.Scratch like)
{
    private readonly float[] _x = [.. Enumerable.Repeat(float.NaN, like.X.Length)];
    private readonly double[] _residuals = new double[like.Normals.Length];
    private readonly float[] _angles = new float[like.Angles.Length];
    private readonly StartFrame _frame = new();
    private double _logTorsions;

    /// <summary>s.</summary>
    public int State { get; private set; }

    /// <summary>ln |dx/d(u, t)| as <see cref="AtomProposal.Read"/> has it.</summary>
    public double LogVolume { get; private set; }

    /// <summary>Makes it that of a walker.</summary>
    public void Read(AtomProposal proposal, ReadOnlySpan<float> x, int width, int lane, AtomProposal.Scratch work)
    {
        if (StandsAt(x, width, lane))
            return;
        for (int k = 0; k < _x.Length; k++)
            work.X[k] = _x[k] = x[k * width + lane];
        State = proposal.StateOf(x, width, lane);
        work.Frame = _frame;
        LogVolume = proposal.Read(State, work);
        work.Normals.CopyTo(_residuals, 0);
        work.Angles.CopyTo(_angles, 0);
        _logTorsions = double.NaN;
    }

    /// <summary>Its torsions, residuals and frame, from which a proposal is made.</summary>
    public void CopyTo(AtomProposal.Scratch work)
    {
        _residuals.CopyTo(work.Normals, 0);
        _angles.CopyTo(work.Angles, 0);
        work.Frame = _frame;
    }

    /// <summary>log q(t | s).</summary>
    public double LogTorsions(TorusProposal torsions, AtomProposal.Scratch work) =>
        double.IsNaN(_logTorsions) ? _logTorsions = torsions.LogDensity(State, _angles, work.Torsions) : _logTorsions;

    private bool StandsAt(ReadOnlySpan<float> x, int width, int lane)
    {
        for (int k = 0; k < _x.Length; k++)
            if (x[k * width + lane] != _x[k])
                return false;
        return true;
    }
}
