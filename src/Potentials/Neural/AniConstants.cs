using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Neural;

/// <summary>A model's constants as loops read them: pinned, in the precision of either lane.</summary>
internal sealed class AniConstants
{
    /// <summary>Where a number stands.</summary>
    public const int RadialCutoff = 0, RadialTurns = 1, RadialSlope = 2, AngularCutoff = 3, AngularTurns = 4, AngularSlope = 5,
        RadialEta = 6, AngularEta = 7, CosineFactor = 8, Zeta = 9, ZetaLessOne = 10, First = 11;

    private readonly float[] _single;
    private readonly double[] _double;

    /// <summary>Of a model.</summary>
    public AniConstants(AniModel model)
    {
        double radial = Single(model.RadialCutoff), angular = Single(model.AngularCutoff), zeta = Single(model.Zeta);
        (RadialCount, ShiftCount, AngleCount) = (model.RadialShifts.Count, model.AngularShifts.Count, model.Angles.Count);
        IsZeta32 = model.Zeta == 32;
        double[] all = [radial, 0.5 / radial, -0.5 * Math.PI / radial, angular, 0.5 / angular, -0.5 * Math.PI / angular,
            -Single(model.RadialEta), -Single(model.AngularEta), model.CosineFactor, zeta, zeta - 1, .. model.RadialShifts,
            .. model.AngularShifts, .. model.Angles.Select(Math.Cos), .. model.Angles.Select(Math.Sin)];
        _double = GC.AllocateUninitializedArray<double>(all.Length, pinned: true);
        _single = GC.AllocateUninitializedArray<float>(all.Length, pinned: true);
        for (int k = 0; k < all.Length; k++)
            (_double[k], _single[k]) = (all[k], (float)all[k]);
    }

    /// <summary>Shifts of radial features.</summary>
    public int RadialCount { get; }

    /// <summary>Shifts of angular features.</summary>
    public int ShiftCount { get; }

    /// <summary>Their angles.</summary>
    public int AngleCount { get; }

    /// <summary>Whether the power goes by five squarings.</summary>
    public bool IsZeta32 { get; }

    /// <summary>The numbers in a lane's precision.</summary>
    public unsafe byte* Table<T>() where T : unmanaged, ILane<T>
    {
        fixed (double* d = _double) // pinned anyway
        fixed (float* s = _single)
            return typeof(T) == typeof(Double64) ? (byte*)d : (byte*)s;
    }

    private static double Single(double value) => (float)value;
}
